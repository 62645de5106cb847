import type { components } from '@sallyport/client'
import { stringify } from 'yaml'
import { cell } from './output.js'

type Evaluation = components['schemas']['Evaluation']

/** What would be decided about a statement, and why, for people to read. */
export function evaluationText({ decision, connect, actions, masks, outputs, model, warnings, explanation }: Evaluation): string {
  const plain = masks.some(({ detect }) => detect.length > 0) ? 'as it is, but for what detectors find' : 'as it is'
  const notes = [...(model.note === null ? [] : [model.note]), ...warnings]
  return [
    connect.kind === 'allow' ? decisionText(decision) : `may not even connect: ${decisionText(connect)}`,
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `note: ${cell(note)}`)]),
    ...maskLines(masks),
    ...(masks.length === 0 ? [] : outputs.flatMap((columns, action) => outputLines(columns, action, plain))),
    '',
    'what it does, as policies see it:',
    stringify(actions).trimEnd(),
    '',
    ...explanation.flatMap(actionLines),
  ].join('\n')
}

function maskLines(masks: Evaluation['masks']): readonly string[] {
  if (masks.length === 0) return []
  const about = ({ columns, labels, detect }: Evaluation['masks'][number]) =>
    [...columns, ...labels.map((label) => `label ${label}`), ...detect.map((detector) => `whatever looks like ${detector}`)].join(', ')
  return ['', 'masks in force:', ...masks.map((mask) => `  ${ruleText(mask.rule)}: ${cell(about(mask))} as ${kindText(mask.as)}`)]
}

function outputLines(columns: Evaluation['outputs'][number], action: number, plain: string): readonly string[] {
  if (columns === null) return []
  const source = ({ bare, derived }: NonNullable<typeof columns>[number]) =>
    [...bare, ...(derived.length === 0 ? [] : [`computed from ${derived.join(', ')}`])].join('; ') || 'no stored column'
  const shown = (as: Parameters<typeof kindText>[0] | null) => (as === null ? plain : kindText(as))
  return ['', `columns that action ${action} answers:`, ...columns.map((one, i) => `  ${i + 1}: ${shown(one.as)} (${cell(source(one))})`)]
}

/** As policies write it. */
function kindText(kind: string | Readonly<Record<string, unknown>>): string {
  return cell(typeof kind === 'string' ? kind : JSON.stringify(kind))
}

function ruleText({ policy, rule }: Evaluation['decision']['rules'][number]): string {
  return `${cell(policy)}/${cell(rule)}`
}

function decisionText({ kind, rules, shadow, code, message, advice }: Evaluation['decision']): string {
  const because = rules.map(ruleText).join(', ')
  const told =
    message === undefined ? '' : `\n  ${cell(message)}${advice ? ` ${cell(advice)}` : ''}${code === undefined ? '' : ` (${code})`}`
  const tried = shadow.map(({ rule, action }) => `\n  in shadow: ${action} because of ${ruleText(rule)}`).join('')
  return `${kind} because of ${because}${told}${tried}`
}

function actionLines({ action, principal, floor, policies }: Evaluation['explanation'][number]): readonly string[] {
  return [
    `action ${action} for ${cell(principal)}${floor === undefined ? '' : `: floor: ${cell(floor)}`}`,
    ...policies.filter(({ resource }) => resource).flatMap(policyLines),
  ]
}

function policyLines({ policy, subject, rules, masks }: Evaluation['explanation'][number]['policies'][number]): readonly string[] {
  return [
    `  ${cell(policy)}: subject ${cell(subject.matched)}, ${cell(subject.reason)}`,
    ...rules.flatMap(({ rule, action, shadow, matched, reasons }) => [
      `    ${cell(rule.rule)} (${cell(action)}${shadow ? ', in shadow' : ''}): ${cell(matched)}`,
      ...reasons.map((reason) => `      ${cell(reason.condition)}: ${cell(reason.matched)}, ${cell(reason.reason)}`),
    ]),
    ...masks.flatMap(({ mask, columns, refused }) => {
      if (refused !== undefined) return [`    ${cell(mask.rule)} (mask): ${cell(refused)}`]
      return columns.length === 0 ? [] : [`    ${cell(mask.rule)} (mask): ${cell(columns.join(', '))}`]
    }),
  ]
}
