import type { TextScan } from '@sallyport/masking'
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

function words({ replies }: Session): TextScan | undefined {
  return replies[0]?.part.veil?.words
}

export function shownError(session: Session, reply: Reply, frame: Uint8Array): 'pass' | Uint8Array {
  // While a statement is parsed nothing is read but the catalog.
  if (session.hides && reply.kind !== 'parse') return scrubError(frame)
  return shownNotice(session, frame)
}

export function noticeFate(session: Session): Fate {
  return session.hides ? 'drop' : words(session) ? 'whole' : 'pass'
}

/** One that was gathered whole. */
export function shownNotice(session: Session, frame: Uint8Array): 'pass' | Uint8Array {
  const scan = words(session)
  return scan ? scanReport(frame, scan) : 'pass'
}

export function notificationFate({ listening, masked }: Session): Fate {
  return !listening ? 'drop' : masked ? 'whole' : 'pass'
}

/** One that was gathered whole. Nobody knows what whoever sent it had read. */
export function shownNotification(frame: Uint8Array): Uint8Array {
  return notificationResponse(readNotification(frame))
}

/** The client may hear what a setting is now. One can be made to hold what was read, and is told of when its batch ends. */
export function tellsSettings({ replies }: Session): boolean {
  return replies[0]?.batch.parts.some(({ veil, hides }) => hides || veil?.words !== undefined) !== true
}
