/** Everybody in the demo world. The issuer mints for them and the policies in `deploy/demo` name their groups. */
export interface Person {
  readonly name: string
  readonly kind: 'human' | 'service' | 'agent'
  readonly groups: readonly string[]
}

export const people: readonly Person[] = [
  { name: 'billing-agent', kind: 'agent', groups: ['ai-agents'] },
  { name: 'report-bot', kind: 'service', groups: ['reporting'] },
  { name: 'alice', kind: 'human', groups: ['developers'] },
  { name: 'dana', kind: 'human', groups: ['dba'] },
  { name: 'dave', kind: 'human', groups: ['dba'] },
  { name: 'root', kind: 'human', groups: ['admins'] },
]
