import { inspect } from "node:util";

/**
 * dockerode writes each request's options out for its debug log, also where nobody reads that: with an agent and its sockets, or
 * a signal, that took more time than the request itself. They are written as a name instead.
 */
export function unread<T extends object>(value: T): T {
  return Object.defineProperty(value, inspect.custom, { value: () => value.constructor.name });
}
