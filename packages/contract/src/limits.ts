/** What either side of a stream takes at most; beyond it the stream ends. Bytes unless said. */
export const limits = {
  /** One gRPC message: a batch of one record of 2 MiB fits with room. */
  message: 8 * 1024 * 1024,
  /** One part of a configuration update. */
  updatePart: 1024 * 1024,
  /** The whole state of one agent, values only, and its number of entries. */
  state: 64 * 1024 * 1024,
  entries: 100_000,
  /** One entry of the state. */
  entry: 4 * 1024 * 1024,
  /** Records of one audit batch, and their bytes unless a single one is larger. */
  batchRecords: 10_000,
  batchBytes: 1024 * 1024,
  /** Calls of one side that wait for an answer. */
  openCalls: 64,
  /** A target model, compressed. */
  targetModel: 4 * 1024 * 1024,
  /** What was found out about a target; each with texts of at most `text` characters. */
  findings: 64,
  /** What one look at rows of a target suggests. */
  proposals: 2_000,
  /** What is put before people: a record of the trail fits, and who asks and why it is held. */
  hold: 1024 * 1024,
  /** The reason of a nack, or a message to a caller: characters. */
  text: 2_000,
} as const
