// Annotations that mean something to clients. Tests only.

/** On the bookmark that ends the initial events of a streaming list; its value is "true". */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
