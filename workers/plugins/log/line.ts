// Writes one line of the access log, field by field, straight into the thread's line buffer. Called for every logged query. Hot.

import { peerAddressAt, peerPort } from '#native/datagram.ts';
import type { LineBuffer } from '#ops/log/line-buffer.ts';
import { LEVEL } from '#ops/log/logger.ts';
import { CLASSIC_UDP_BYTES, FLAG, MAX_MESSAGE_BYTES, OPCODE } from '#wire/constants.ts';
import type { Clock, MetadataValue } from '#workers/chain/handler.ts';
import { WRITTEN } from '#workers/chain/outcome.ts';
import { appendAddress, appendClass, appendName, appendRcode, appendType } from '#workers/lib/access/text.ts';
import type { Answer } from '#workers/query/answer.ts';
import { PROTO_TCP, type Query } from '#workers/query/query.ts';
import { FIELD, type LineFormat } from './format.ts';

/** Flags in the order in which they are printed. */
const FLAG_BITS = Uint16Array.of(FLAG.QR, FLAG.AA, FLAG.TC, FLAG.RD, FLAG.RA, FLAG.Z, FLAG.AD, FLAG.CD);
const FLAG_NAMES = ['qr', 'aa', 'tc', 'rd', 'ra', 'z', 'ad', 'cd'] as const;
/** Header and the fixed part of a question: what the size of an error that the core writes is made of, beside the name. */
const BARE_BYTES = 12 + 4;
const NANOSECONDS = 1e9;

export class LineWriter {
  readonly #log: LineBuffer;
  readonly #clock: Clock;
  readonly #local: string;

  /** `local`: what `{local}` shows. */
  constructor(log: LineBuffer, clock: Clock, local: string) {
    this.#log = log;
    this.#clock = clock;
    this.#local = local;
  }

  /** `values`: those of the format's labels; null when nobody has one, or nobody may tell. */
  write(format: LineFormat, values: readonly (MetadataValue | null)[], query: Query, answer: Answer): void {
    const { fields, literals } = format;
    const log = this.#log;
    log.appendText(LEVEL.info);
    for (let i = 0, literal = 0, label = 0; i < fields.length; i++) {
      if (fields[i] === FIELD.LITERAL) log.appendText(literals[literal++]);
      else if (fields[i] === FIELD.METADATA) this.#metadata(values[label++], query, answer);
      else if (fields[i] >= FIELD.RCODE && fields[i] <= FIELD.RFLAGS) this.#answerField(fields[i], query, answer);
      else this.#queryField(fields[i], query);
    }
    log.endLine();
  }

  #metadata(value: MetadataValue | null, query: Query, answer: Answer): void {
    if (value === null || !value.append(this.#log, query, answer)) this.#log.appendText('-');
  }

  /** One flat switch: it is a table of fields. */
  #queryField(field: number, query: Query): void {
    const log = this.#log;
    switch (field) {
      case FIELD.TYPE:
        appendType(log, query.type);
        break;
      case FIELD.NAME:
        appendName(log, query.bytes, query.lowerAt);
        break;
      case FIELD.CLASS:
        appendClass(log, query.klass);
        break;
      case FIELD.PROTO:
        log.appendText(query.proto === PROTO_TCP ? 'tcp' : 'udp');
        break;
      case FIELD.SIZE:
        log.appendNumber(query.length);
        break;
      case FIELD.REMOTE:
        appendAddress(log, query.bytes, peerAddressAt(query.peerAt, query.family === 6 ? 6 : 4), query.family);
        break;
      case FIELD.PORT:
        log.appendNumber(peerPort(query.bytes, query.peerAt));
        break;
      case FIELD.LOCAL:
        log.appendText(this.#local);
        break;
      case FIELD.ID:
        log.appendNumber(query.id);
        break;
      case FIELD.OPCODE:
        log.appendNumber(query.opcode);
        break;
      case FIELD.DO:
        log.appendText(query.dnssecOk === 1 ? 'true' : 'false');
        break;
      case FIELD.BUFSIZE:
        log.appendNumber(bufferSize(query));
        break;
      default:
        log.appendText('-');
    }
  }

  #answerField(field: number, query: Query, answer: Answer): void {
    const log = this.#log;
    const { outcome } = answer;
    const sent = outcome === WRITTEN || outcome >= 0;
    if (field === FIELD.DURATION) this.#duration(query);
    else if (field === FIELD.RSIZE) log.appendNumber(sent ? answerSize(query, answer) : 0);
    else if (!sent) log.appendText('-');
    else if (field === FIELD.RCODE) appendRcode(log, outcome >= 0 ? outcome : answer.rcode);
    else this.#flags(answerFlags(query, answer));
  }

  #flags(flags: number): void {
    for (let i = 0; i < FLAG_BITS.length; i++) {
      if ((flags & FLAG_BITS[i]) === 0) continue;
      // QR is always set, so that the others stand behind a comma.
      if (i > 0) this.#log.appendText(',');
      this.#log.appendText(FLAG_NAMES[i]);
    }
  }

  /** Seconds without trailing zeros. Reads the real clock, but leaves the batch's time to the others as it was. */
  #duration(query: Query): void {
    const clock = this.#clock;
    const { now, seconds } = clock;
    clock.tick();
    const elapsed = Math.round((clock.now - query.receivedAt) * 1e6);
    clock.now = now;
    clock.seconds = seconds;
    const nanoseconds = Math.max(0, elapsed);
    const whole = Math.floor(nanoseconds / NANOSECONDS);
    this.#log.appendNumber(whole);
    this.#fraction(nanoseconds - whole * NANOSECONDS);
    this.#log.appendText('s');
  }

  #fraction(nanoseconds: number): void {
    if (nanoseconds === 0) return;
    let digits = 9;
    let rest = nanoseconds;
    while (rest % 10 === 0) {
      rest /= 10;
      digits--;
    }
    this.#log.appendText('.');
    this.#log.appendNumber(rest, digits);
  }
}

/** Header flags as they are sent; TC only when the message came cut, not when it is cut for this client (spec D log). */
function answerFlags(query: Query, answer: Answer): number {
  const copied = query.opcode === OPCODE.QUERY ? query.flags & (FLAG.RD | FLAG.CD) : 0;
  return FLAG.QR | copied | (answer.outcome >= 0 ? 0 : answer.flags);
}

function answerSize(query: Query, answer: Answer): number {
  return answer.outcome >= 0 ? BARE_BYTES + query.nameLength : answer.plainSize;
}

/** What the client takes: 65535 over TCP, otherwise what EDNS says, at least 512. */
function bufferSize(query: Query): number {
  if (query.proto === PROTO_TCP) return MAX_MESSAGE_BYTES;
  return Math.max(query.udpSize, CLASSIC_UDP_BYTES);
}
