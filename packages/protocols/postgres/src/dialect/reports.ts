import type { Fate } from '@sallyport/wire'
import { notificationResponse, readNotification } from '../codec/index.js'
import { scanReport, scrubError } from '../masking/scrub.js'
import type { Reply } from './batch.js'
import type { Session } from './session.js'

/**
 * What the target says beside rows: errors, notices, settings. Of a transaction that touched what its caller may not see
 * none of it tells more than what kind it is, until the end, for what is checked late is told of late; elsewhere it is
 * looked into as rows are. Notifications say on which channel, and no more where anything is masked.
 */
export interface Reports {
  error(reply: Reply, frame: Uint8Array): 'pass' | Uint8Array
  notice(): Fate
  /** One that was gathered whole. */
  noticed(frame: Uint8Array): 'pass' | Uint8Array
  /** What another session, or a trigger, has to say to listeners. */
  notification(): Fate
  /** One that was gathered whole. */
  notified(frame: Uint8Array): Uint8Array
  /** The client may hear what a setting is now. */
  settings(): boolean
}

export function createReports(session: Session): Reports {
  const { replies } = session
  const words = () => replies[0]?.part.veil?.words

  return {
    error(reply, frame) {
      // While a statement is parsed nothing is read but the catalog.
      if (session.hides && reply.kind !== 'parse') return scrubError(frame)
      const scan = words()
      return scan ? scanReport(frame, scan) : 'pass'
    },
    notice: () => (session.hides ? 'drop' : words() ? 'whole' : 'pass'),
    noticed(frame) {
      const scan = words()
      return scan ? scanReport(frame, scan) : 'pass'
    },
    notification: () => (!session.listening ? 'drop' : session.masked ? 'whole' : 'pass'),
    // Nobody knows what whoever sent it had read.
    notified: (frame) => notificationResponse(readNotification(frame)),
    // One can be made to hold what was read, and is told of when its batch ends.
    settings: () => replies[0]?.batch.parts.some(({ veil, hides }) => hides || veil?.words !== undefined) !== true,
  }
}
