import { type Finding, orderFindings } from '@sallyport/core'
import { isLoopback, type PostgresTarget } from '../target.js'
import type { PostureCatalog } from './posture-catalog.js'
import * as objects from './posture-objects.js'
import { attribute, membership, owner, unforced } from './posture-roles.js'

/**
 * What catalog rows mean, one function per question; docs/posture.md says why each is asked. Pure. Names come quoted from
 * the catalog, so that a remedy can be run as it stands.
 */
export interface PostureContext {
  readonly target: Pick<PostgresTarget, 'host' | 'sslmode' | 'sslrootcert'>
  /** Some policy hides columns of the target from some callers. */
  readonly masks: boolean
}

type Answer = Finding | readonly Finding[] | undefined

export function findingsOf(catalog: PostureCatalog, context: PostureContext): readonly Finding[] {
  const always = [attribute(catalog, 'superuser'), transport(context), passwords(catalog)]
  // A superuser may do all of it, and no remedy but one would change that.
  const superuser = catalog.attributes.some(({ own, superuser: is }) => own && is)
  return orderFindings([...always, ...(superuser ? [] : limits(catalog, context))].flatMap((answer) => answer ?? []))
}

function limits(catalog: PostureCatalog, context: PostureContext): readonly Answer[] {
  return [
    attribute(catalog, 'replication'),
    attribute(catalog, 'bypassrls'),
    attribute(catalog, 'createrole'),
    attribute(catalog, 'createdb'),
    catalog.predefined.map(membership),
    owner(catalog),
    unforced(catalog),
    objects.schemas(catalog),
    objects.creates(catalog),
    objects.temporary(catalog, context.masks),
    objects.files(catalog),
    objects.parameters(catalog),
    objects.untrusted(catalog),
    objects.languages(catalog),
    objects.extensions(catalog),
    objects.foreign(catalog),
    objects.foreignTables(catalog),
    objects.masked(catalog),
  ]
}

/** The mode says what a stranger in between could make of the connection, whatever it is now. */
function transport({ target: { host, sslmode, sslrootcert } }: PostureContext): Answer {
  if (isLoopback(host)) return undefined
  const remedy = 'set sslmode to verify-full in the target of the resource, and sslrootcert to the roots of its certificate'
  switch (sslmode) {
    case 'disable':
      return { id: 'transport_plain', severity: 'warning', what: 'the agent talks to the target without TLS', remedy }
    case 'allow':
    case 'prefer': {
      const what = `sslmode ${sslmode} lets whoever is between agent and target turn TLS off`
      return { id: 'transport_optional', severity: 'warning', what, remedy }
    }
    case 'require': {
      const what = 'sslmode require takes any certificate: whoever is between agent and target may show one'
      return sslrootcert === undefined ? { id: 'transport_unverified', severity: 'info', what, remedy } : undefined
    }
    case 'verify-ca':
    case 'verify-full':
      return undefined
    default:
      return sslmode satisfies never
  }
}

function passwords({ self }: PostureCatalog): Answer {
  if (self.passwords === 'scram-sha-256') return undefined
  return {
    id: 'md5_passwords',
    severity: 'info',
    what: `the server keeps new passwords as ${self.passwords}, which whoever reads it can log in with`,
    remedy: `ALTER SYSTEM SET password_encryption = 'scram-sha-256'; -- then reload, and set the password of ${self.role} again`,
  }
}
