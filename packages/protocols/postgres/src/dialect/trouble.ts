import type { Action } from '@sallyport/core'

/**
 * What we refuse by ourselves, whatever policies say: it is judged all the same, as an action that meets the floor, so
 * that the trail tells of it; and it is never forwarded, even if a permit came back.
 */
export interface Trouble {
  /** SQLSTATE for the client. */
  readonly code: string
  /** The floor it meets. */
  readonly effect: 'unparsable' | 'protocol_violation' | 'oversize' | 'execute_unknown'
  /** One sentence; quotes nothing of the client's but names. */
  readonly message: string
  readonly hint?: string
}

export function troubleAction({ effect, message }: Trouble): Action {
  return { verb: 'protocol', effects: [effect], touches: [], facts: {}, certainty: 'unknown', reason: message }
}

const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)} MiB`

/** Every trouble there is. */
export const troubles = {
  message: (code: string, message: string): Trouble => ({ code, effect: 'protocol_violation', message }),
  unreadable: (reason: string): Trouble => ({ code: '42601', effect: 'unparsable', message: reason }),
  statementTooLarge: (limit: number): Trouble => ({
    code: '54000',
    effect: 'oversize',
    message: `a statement may have at most ${mebibytes(limit)}`,
    hint: 'send large values as parameters, or with COPY',
  }),
  parametersTooLarge: (limit: number): Trouble => ({
    code: '54000',
    effect: 'oversize',
    message: `the parameters of a statement may have at most ${mebibytes(limit)}`,
  }),
  unitTooLarge: (bytes: number, messages: number): Trouble => ({
    code: '54000',
    effect: 'oversize',
    message: `what is sent up to one Sync may have at most ${mebibytes(bytes)} and ${messages} messages`,
    hint: 'send it in smaller batches',
  }),
  noMemory: {
    code: '54000',
    effect: 'oversize',
    message: 'the gateway has no memory left for a message of this size right now',
    hint: 'try again later, or send it in smaller parts',
  },
  tooManyNames: {
    code: '54000',
    effect: 'oversize',
    message: 'this session keeps too many prepared statements',
    hint: 'close or DEALLOCATE those that are no longer needed',
  },
  functionCall: {
    code: '42501',
    effect: 'execute_unknown',
    message: 'function calls of the protocol run code by its number alone and are never forwarded',
    hint: 'call the function in a SELECT',
  },
  readOnly: {
    code: '25006',
    effect: 'protocol_violation',
    message: 'the resource is read-only: its transactions cannot be made read-write, nor their mode be set otherwise',
  },
  declaredType: {
    code: '42501',
    effect: 'execute_unknown',
    message: 'a parameter was declared to be of a type whose values run code at the target that is not classified',
    hint: 'leave the type of the parameter to the server, or use a built-in one',
  },
  mixing: {
    code: '08P01',
    effect: 'protocol_violation',
    message: 'a simple query came inside a batch of the extended protocol that was not ended by Sync',
  },
  afterCopy: {
    code: '08P01',
    effect: 'protocol_violation',
    message: 'nothing but its data may follow a COPY FROM STDIN before Sync',
  },
  copyByName: {
    code: '0A000',
    effect: 'protocol_violation',
    message: 'COPY FROM STDIN cannot be run by the name of a prepared statement or cursor',
  },
  copyMasked: {
    code: '42501',
    effect: 'protocol_violation',
    message: 'COPY would show columns that are masked, and what it sends is not rewritten',
    hint: 'use SELECT, or leave the masked columns out',
  },
  explainMasked: {
    code: '42501',
    effect: 'protocol_violation',
    message: 'of a statement that touches masked columns EXPLAIN may only tell the plan',
    hint: 'leave ANALYZE, VERBOSE, BUFFERS and the like out',
  },
  changed: {
    code: '42501',
    effect: 'protocol_violation',
    message: 'what the statement does has changed since it was put before people',
    hint: 'run it again to ask for what it is now',
  },
  severalCommands: { code: '42601', effect: 'protocol_violation', message: 'cannot insert multiple commands into a prepared statement' },
  alone: {
    code: '42501',
    effect: 'protocol_violation',
    message: 'a statement that changes how later ones are read must be the last that is sent at once',
    hint: 'send what comes after it separately',
  },
  tooIndirect: { code: '54001', effect: 'protocol_violation', message: 'statements that run each other by name are nested too deep' },
  unsettled: {
    code: '42501',
    effect: 'protocol_violation',
    message: 'statements with a backslash or beyond ASCII need client and server encoding UTF8 and standard_conforming_strings on',
  },
  unsynced: {
    code: '42501',
    effect: 'protocol_violation',
    message: 'after a flushed statement that may change settings, text with a backslash or beyond ASCII must wait for Sync',
  },
  noStatement: (name: string): Trouble => ({
    code: '26000',
    effect: 'protocol_violation',
    message: `prepared statement "${name}" does not exist`,
  }),
  noPortal: (name: string): Trouble => ({
    code: '34000',
    effect: 'protocol_violation',
    message: `portal or cursor "${name}" does not exist`,
  }),
} as const satisfies Readonly<Record<string, Trouble | ((...args: never[]) => Trouble)>>
