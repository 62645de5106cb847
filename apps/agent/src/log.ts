import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { LogLevel } from './config.js'

/**
 * The process's own log: one JSON object per line. It never holds a secret: fields that may carry one are struck out
 * wherever they stand, and nobody logs what a client or a target sent.
 */
export type Log = Logger

const secret = [
  'token',
  'password',
  'secret',
  'secrets',
  'authorization',
  'credential',
  'joinToken',
  'join_secret',
  'key',
  'privateKey',
  'cookie',
]

/** The depths at which fields are looked for; pino knows no wildcard for any depth. */
const depths = ['', '*.', '*.*.', '*.*.*.']

export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { process: 'agent' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: depths.flatMap((depth) => secret.map((name) => depth + name)), censor: '[redacted]' },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
