/** `resources`, `policies`, `trust-providers`, `roles`: the same four verbs over what people declare. */
import type { Command } from 'commander'
import { type Api, fieldsOf, itemsOf } from '../api.js'
import { type Acting, type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { collections, type Document, readDocuments } from '../documents.js'
import { Refused } from '../failure.js'
import { cell, type Columns, table } from '../output.js'
import { stringify } from 'yaml'

interface Noun {
  readonly many: string
  readonly path: string
  readonly summary: string
  readonly columns: Columns
  /** A document of the demo, for the examples. */
  readonly example: { readonly name: string; readonly file: string }
}

const nouns: readonly Noun[] = [
  {
    many: 'resources',
    path: collections.resource,
    summary: 'what can be reached',
    columns: {
      name: (row) => row['name'],
      protocol: (row) => row['protocol'],
      target: (row) => `${cell(fieldsOf(row['target'])['host'])}:${cell(fieldsOf(row['target'])['port'])}`,
      labels: (row) => labelsOf(row['labels']),
    },
    example: { name: 'shop', file: 'shop.yaml' },
  },
  {
    many: 'policies',
    path: collections.policy,
    summary: 'who may do what',
    columns: {
      name: (row) => row['name'],
      rules: (row) => (documentOf(row)['rules'] as readonly unknown[] | undefined)?.length ?? 0,
      subjects: (row) => summary(documentOf(row)['subjects']),
      resources: (row) => summary(documentOf(row)['resources']),
    },
    example: { name: 'agents-on-shop', file: 'agents-on-shop.yaml' },
  },
  {
    many: 'trust-providers',
    path: collections['trust-provider'],
    summary: 'who vouches for callers',
    columns: { name: (row) => row['name'], issuer: (row) => row['issuer'], primary: (row) => (row['primary'] === true ? 'yes' : 'no') },
    example: { name: 'demo', file: 'trust-provider.yaml' },
  },
  {
    many: 'roles',
    path: collections.role,
    summary: 'who may do what over REST',
    columns: {
      name: (row) => row['name'],
      who: (row) => [row['provider'], row['group'] ?? row['subject']].filter(Boolean).join('/'),
      role: (row) => row['role'],
      labels: (row) => labelsOf(row['labels']),
    },
    example: { name: 'demo-dba', file: 'roles.yaml' },
  },
]

export function addDocuments(program: Command, world: World): ReadonlyMap<string, Command> {
  return new Map(nouns.map((noun) => [noun.many, addNoun(program, world, noun)]))
}

function addNoun(program: Command, world: World, { many, path, summary: what, columns, example }: Noun): Command {
  const group = addGroup(program, many, what)
  addCommand(group, { usage: 'list', summary: `list ${many}, newest first`, example: `./sallyport ${many} list` }).action(
    async (options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await listAll(api, path)
      output.data(answer, () => table(itemsOf(answer), columns))
    },
  )
  addCommand(group, { usage: 'get <name>', summary: 'print one as YAML', example: `./sallyport ${many} get ${example.name}` }).action(
    async (name: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await api.get(`${path}/${encodeURIComponent(name)}`)
      output.data(answer, () => stringify(answer).trimEnd())
    },
  )
  addCommand(group, {
    usage: 'apply',
    summary: 'make what the files say so; a file may hold several documents, of any kind',
    example: `./sallyport ${many} apply -f deploy/demo/${example.file}`,
  })
    .requiredOption('-f, --file <file...>', 'YAML or JSON; - is standard input')
    .action((options: Common & { readonly file: readonly string[] }) => apply(actingIn(world, options), readDocuments(options.file)))
  addCommand(group, { usage: 'delete <name>', summary: 'delete one', example: `./sallyport ${many} delete ${example.name}` }).action(
    async (name: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      await api.send('DELETE', `${path}/${encodeURIComponent(name)}`)
      output.say(`deleted ${name}`)
    },
  )
  return group
}

async function apply({ api, output }: Acting, documents: readonly Document[]): Promise<void> {
  const applied: unknown[] = []
  for (const document of documents) {
    try {
      applied.push(await applyOne(api, document))
      output.say(`applied ${document.kind} ${document.name ?? ''}`.trimEnd())
    } catch (error) {
      // What went before stays: the message says where to go on.
      if (error instanceof Refused)
        throw new Refused(error.status, { ...error.problem, title: `${document.from}: ${cell(error.problem['title'])}` })
      throw error
    }
  }
  if (output.json) output.data({ items: applied }, () => '')
}

function applyOne(api: Api, { kind, name, body }: Document): Promise<unknown> {
  const path = collections[kind]
  return name === undefined ? api.send('POST', path, body) : api.send('PUT', `${path}/${encodeURIComponent(name)}`, body)
}

/** Follows `next_cursor` to the end. */
export async function listAll(api: Api, path: string): Promise<{ readonly items: readonly unknown[] }> {
  const items: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await api.get(path, { limit: '100', cursor })
    items.push(...itemsOf(page))
    const next = fieldsOf(page)['next_cursor']
    cursor = typeof next === 'string' ? next : undefined
  } while (cursor !== undefined)
  return { items }
}

function labelsOf(labels: unknown): string {
  return Object.entries(fieldsOf(labels))
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}

/** A policy is shown whole or below `document`. */
function documentOf(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return row['document'] === undefined ? row : fieldsOf(row['document'])
}

function summary(selector: unknown): string {
  return Object.entries(fieldsOf(selector))
    .map(([key, value]) => (Array.isArray(value) ? value.join(' ') : `${key} ${labelsOf(value)}`))
    .join('; ')
}
