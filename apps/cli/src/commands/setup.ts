import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type components, unwrap } from '@sallyport/client'
import { apiFor } from '../api.js'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { readDocuments } from '../documents.js'
import { Usage } from '../failure.js'

interface Options extends Common {
  readonly claim?: string
  readonly file: string
  readonly adminGroup?: string
  readonly adminSubject?: string
}

export function addSetup(program: Command, world: World): void {
  addCommand(program, {
    usage: 'setup',
    summary: 'spend the one-time claim of the first administrator: register who vouches for callers and who administers',
    example: './sallyport setup --claim CLAIM -f our-identity-provider.yaml --admin-group platform-admins',
  })
    .option('--claim <text>', 'as the control plane printed it; default: what the standalone of the home was given')
    .requiredOption('-f, --file <file>', 'a document of kind trust-provider; - is standard input')
    .option('--admin-group <name>', 'a group of that provider whose members administer')
    .option('--admin-subject <name>', 'or one subject of it')
    .action(async (options: Options) => {
      const { context, output } = actingIn(world, options)
      const [provider, ...more] = readDocuments([options.file])
      if (provider?.kind !== 'trust-provider' || more.length > 0)
        throw new Usage(`${options.file} must hold one document of kind trust-provider`)
      const body = {
        claim: options.claim ?? claimIn(context.home),
        trust_provider: provider.body as components['schemas']['TrustProviderBody'],
        admin: adminOf(options),
      }
      const answer = await unwrap(apiFor(context, true).POST('/v1/setup', { body }))
      output.data(answer, () => '')
      output.say(`${answer.trust_provider} vouches from now on; the claim is spent`)
    })
}

function adminOf({ adminGroup, adminSubject }: Options): { readonly subject: string } | { readonly group: string } {
  if ((adminGroup === undefined) === (adminSubject === undefined)) throw new Usage('say one of --admin-group and --admin-subject')
  return adminGroup === undefined ? { subject: adminSubject! } : { group: adminGroup }
}

function claimIn(home: string): string {
  try {
    return readFileSync(join(home, 'bootstrap', 'claim'), 'utf8').trim()
  } catch {
    throw new Usage('--claim is missing, and no standalone in the home was given one')
  }
}
