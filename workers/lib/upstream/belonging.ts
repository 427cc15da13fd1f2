// Which records of a reply have to do with the question: the others are neither passed on nor kept (RFC 2181 §5.4.1, RFC 5452 §6). Hot.

import { CLASS, HEADER_BYTES, OPCODE, TYPE } from '#wire/constants.ts';
import { equalNames, nameLengthAt, RecordCursor, SECTION } from '#wire/message.ts';
import { firstRdataName, rdataLengthAt, rdataNames } from '#wire/rdata.ts';
import type { Query } from '../../query/query.ts';
import { labelsAt, NameSet, skipLabels } from './name-set.ts';

/** What `judge` says. */
export const WHOLE = 0;
/** Some records do not belong to it: `kept` says which do. */
export const PARTLY = 1;
/** It answers something else, or is longer than an honest answer: not to be used. */
export const FOREIGN = 2;

/**
 * CNAMEs in an answer. Resolvers themselves follow 8 to 16 of them; an honest upstream has answered SERVFAIL long before. A greater number
 * lets a hostile one make us compare more names for each record: see `shoal_proxy_replies_refused_total`.
 */
const MAX_ALIASES = 16;
/** Records of a whole answer section: as many addresses as fit into the largest message. */
const MAX_ANSWERS = 4096;
/** Additional records that are kept; glue may always be left out (RFC 2181 §9). */
const MAX_ADDITIONALS = 1024;
/** Comparisons of an owner with all names above the question, for each reply. An honest one needs a dozen; each may cost some 8,000 steps. */
const MAX_CLIMBS = 256;
/** Times that the additional section is looked through: a record may be named by one behind it (an SRV by a NAPTR, its address by the SRV). */
const MAX_ROUNDS = 3;
/** Most records that a message can have: 11 octets each. */
const MAX_RECORDS = 5958;
const FIXED_BYTES = 10;
const SIG = 24;
const TKEY = 249;
const NXT = 30;

/**
 * What belongs to a question (all comparisons without case):
 *
 * ```
 * answer       owner is QNAME or a name that its CNAMEs lead to; DNAMEs (and signatures) of names above one of them
 * authority    owner is one of those names or above; proofs of denial for clients with DO
 * additional   owner is one of those names, or is named by a record that is kept: glue, targets; signatures of the transaction
 * ```
 * The class must be that of the question. Zone transfers and messages that are no queries are not judged.
 */
export class Belonging {
  /** For every record of the message, OPT included, in its order: 1 for those to pass on. Set when `judge` said PARTLY. */
  readonly kept = new Uint8Array(MAX_RECORDS);
  /** How many are to be left out, and octets without compression of the others. */
  dropped = 0;
  plainRecords = 0;
  /** Names that QNAME leads to, itself first: where they stand, and how many labels they have. */
  readonly #chain = new Int32Array(MAX_ALIASES + 1);
  readonly #labels = new Int32Array(MAX_ALIASES + 1);
  #chainLength = 0;
  readonly #aliasOwners = new Int32Array(MAX_ALIASES);
  readonly #aliasTargets = new Int32Array(MAX_ALIASES);
  readonly #cursor = new RecordCursor();
  readonly #named: NameSet;
  #climbs = 0;
  #keptAnswers = 0;
  /** Additional records that nobody has named so far. */
  #unnamed = 0;
  /** The message under judgement: its octets, header, first record and end. */
  #bytes: Uint8Array = new Uint8Array(0);
  #message = 0;
  #first = 0;
  #end = 0;

  /** `seed`: a secret. */
  constructor(seed: number) {
    this.#named = new NameSet(seed);
  }

  /**
   * Judges the message at `bytes[message…end]`, whose question is that of `query` and whose records begin at `first` and have been found to be
   * well formed.
   */
  judge(query: Query, bytes: Uint8Array, message: number, first: number, end: number): number {
    if (query.opcode !== OPCODE.QUERY || query.type === TYPE.AXFR || query.type === TYPE.IXFR) return WHOLE;
    this.#bytes = bytes;
    this.#message = message;
    this.#first = first;
    this.#end = end;
    this.#climbs = 0;
    this.dropped = 0;
    const answers = (bytes[message + 6] << 8) | bytes[message + 7];
    if (answers > MAX_ANSWERS || !this.#collectAliases(query)) return FOREIGN;
    this.#follow();
    this.#judgeRecords(query);
    if (answers > 0 && this.#keptAnswers === 0) return FOREIGN;
    for (let round = 0; round < MAX_ROUNDS && this.#unnamed > 0; round++) if (!this.#judgeAdditionals(query)) break;
    return this.#sum();
  }

  #open(): RecordCursor {
    const cursor = this.#cursor;
    const bytes = this.#bytes;
    const at = this.#message;
    const answers = (bytes[at + 6] << 8) | bytes[at + 7];
    const authorities = (bytes[at + 8] << 8) | bytes[at + 9];
    cursor.open(bytes, at, this.#first, this.#end, answers, authorities, (bytes[at + 10] << 8) | bytes[at + 11]);
    return cursor;
  }

  /** False when there are too many. */
  #collectAliases(query: Query): boolean {
    const cursor = this.#open();
    let count = 0;
    while (cursor.next() && cursor.section === SECTION.ANSWER) {
      if (cursor.type !== TYPE.CNAME || cursor.rdataLength === 0 || !isOurClass(query, cursor)) continue;
      if (count === MAX_ALIASES) return false;
      this.#aliasOwners[count] = cursor.ownerAt;
      this.#aliasTargets[count++] = cursor.rdataAt;
    }
    this.#chainLength = 0;
    this.#append(this.#message + HEADER_BYTES);
    // The rest of the list is not looked at: an owner of 0 is nowhere in the message.
    for (let i = count; i < MAX_ALIASES; i++) this.#aliasOwners[i] = 0;
    return true;
  }

  /** From name to name, in whatever order the CNAMEs stand; every one leads to one more name at most, so that circles end. */
  #follow(): void {
    for (let name = 0; name < this.#chainLength; name++) {
      for (let i = 0; i < MAX_ALIASES && this.#aliasOwners[i] !== 0; i++) {
        if (!equalNames(this.#bytes, this.#message, this.#aliasOwners[i], this.#chain[name])) continue;
        if (!this.#inChain(this.#aliasTargets[i])) this.#append(this.#aliasTargets[i]);
      }
    }
  }

  #append(name: number): void {
    this.#chain[this.#chainLength] = name;
    this.#labels[this.#chainLength++] = labelsAt(this.#bytes, this.#message, name);
  }

  #inChain(name: number): boolean {
    for (let i = 0; i < this.#chainLength; i++)
      if (equalNames(this.#bytes, this.#message, name, this.#chain[i])) return true;
    return false;
  }

  /** True when the name is one of the chain's or above one of them. */
  #isAbove(name: number): boolean {
    if (++this.#climbs > MAX_CLIMBS) return false;
    const labels = labelsAt(this.#bytes, this.#message, name);
    for (let i = 0; i < this.#chainLength; i++) {
      const down = this.#labels[i] - labels;
      if (down < 0) continue;
      const suffix = skipLabels(this.#bytes, this.#message, this.#chain[i], down);
      if (equalNames(this.#bytes, this.#message, suffix, name)) return true;
    }
    return false;
  }

  /** Decides on answers and authorities, and on what of the additional records needs nobody to name it. */
  #judgeRecords(query: Query): void {
    const cursor = this.#open();
    const { kept } = this;
    this.#keptAnswers = 0;
    this.#unnamed = 0;
    this.#named.open(this.#bytes, this.#message);
    for (let i = 0; cursor.next(); i++) {
      let keep = isOurClass(query, cursor);
      if (cursor.section === SECTION.ANSWER) {
        keep &&= this.#isAnswer(cursor);
        if (keep) this.#keptAnswers++;
      } else if (cursor.section === SECTION.AUTHORITY) keep &&= this.#isAuthority(query, cursor);
      else {
        keep = isTransaction(cursor.type);
        if (!keep) this.#unnamed++;
      }
      kept[i] = keep ? 1 : 0;
    }
    if (this.#unnamed > 0) this.#nameAll();
  }

  #isAnswer({ ownerAt, type }: RecordCursor): boolean {
    return this.#inChain(ownerAt) || ((type === TYPE.DNAME || type === TYPE.RRSIG) && this.#isAbove(ownerAt));
  }

  /** The owners of NSEC and NSEC3 are other names of the zone: that is how they prove. */
  #isAuthority(query: Query, { ownerAt, type }: RecordCursor): boolean {
    const proof = type === TYPE.NSEC || type === TYPE.NSEC3 || type === TYPE.RRSIG;
    return (proof && query.dnssecOk === 1) || this.#isAbove(ownerAt);
  }

  /** Remembers what the kept records of answer and authority name. */
  #nameAll(): void {
    for (let i = 0; i < this.#chainLength; i++) this.#named.add(this.#chain[i]);
    const cursor = this.#open();
    for (let i = 0; cursor.next() && cursor.section !== SECTION.ADDITIONAL; i++)
      if (this.kept[i] === 1) this.#name(cursor);
  }

  /** True when the record names something new. */
  #name({ type, rdataAt, rdataLength }: RecordCursor): boolean {
    if (rdataLength === 0 || rdataNames(type) === 0 || namesNobody(type)) return false;
    const target = firstRdataName(this.#bytes, type, rdataAt, rdataLength);
    return target !== 0 && this.#named.add(target);
  }

  /** Keeps what is named; true when what was kept names more. */
  #judgeAdditionals(query: Query): boolean {
    const cursor = this.#open();
    let kept = 0;
    let more = false;
    for (let i = 0; cursor.next(); i++) {
      if (cursor.section !== SECTION.ADDITIONAL) continue;
      if (
        this.kept[i] === 0 &&
        kept < MAX_ADDITIONALS &&
        isOurClass(query, cursor) &&
        this.#named.has(cursor.ownerAt)
      ) {
        this.kept[i] = 1;
        this.#unnamed--;
        more = this.#name(cursor) || more;
      }
      kept += this.kept[i];
    }
    return more;
  }

  #sum(): number {
    const cursor = this.#open();
    this.plainRecords = 0;
    for (let i = 0; cursor.next(); i++) {
      if (this.kept[i] === 0) this.dropped++;
      else if (cursor.type !== TYPE.OPT) this.plainRecords += this.#plainLength(cursor);
    }
    return this.dropped === 0 ? WHOLE : PARTLY;
  }

  #plainLength({ ownerAt, type, rdataAt, rdataLength }: RecordCursor): number {
    const owner = nameLengthAt(this.#bytes, this.#message, ownerAt, this.#end);
    return owner + FIXED_BYTES + rdataLengthAt(this.#bytes, this.#message, type, rdataAt, rdataLength);
  }
}

/** A question for any class is answered by records of all of them. */
function isOurClass({ klass }: Query, cursor: RecordCursor): boolean {
  return cursor.klass === klass || klass === CLASS.ANY;
}

/** OPT, and what signs the whole message: it has no place in the tree of names. */
function isTransaction(type: number): boolean {
  return type === TYPE.OPT || type === TYPE.TSIG || type === TKEY || type === SIG;
}

/** Types with names in their RDATA that nobody would look up next. */
function namesNobody(type: number): boolean {
  return type === TYPE.RRSIG || type === TYPE.NSEC || type === TYPE.SOA || type === SIG || type === NXT;
}
