import type { Judge, Judged, JudgedOutput } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { type Classified, type Classifier, modelFromJson, type TargetModel } from '@sallyport/sql'
import { createClassifiers } from './classifier.js'
import { encodeText } from './codec/index.js'
import { unknownReads } from './declared.js'
import { createNames } from './dialect/names.js'
import { troubleAction } from './dialect/trouble.js'
import { resolve } from './dialect/unit.js'
import { markOf } from './labels.js'
import { planResult, type View } from './masking/plan.js'
import { targetIn } from './opened.js'
import { usableSearchPath } from './path.js'
import type { PostgresTarget } from './target.js'

/**
 * What a statement would do, told without a target: for policy tests, explain and dry runs. It is what the engine makes of
 * the statement as the first simple query of a session, by the document of the resource and the model that an agent
 * uploaded. Without a model, what depends on names is of unknown certainty.
 */
export async function createJudge(): Promise<Judge> {
  const classifiers = createClassifiers()
  const read = createReader()
  return {
    async judge(statement, eyes) {
      const target = targetIn(eyes.target, eyes.database)
      const model = eyes.model === undefined ? undefined : read(eyes.model)
      const { imposed, functions: declared, labels } = target
      const searchPath = model ? usableSearchPath(imposed.searchPath ?? model.searchPath, target.user, model) : []
      const classifier = classifiers.open({
        model: () => model,
        searchPath: () => searchPath,
        limits: imposed.timeouts,
        declared,
        mark: markOf(labels),
      })
      const { actions, shown } = await resolved(statement, classifier, imposed)
      return {
        actions,
        outputs: shown.map((one) => one && outputsOf(one, eyes.masks && { masks: eyes.masks, model, labels })),
        session: { database: target.database, role: target.user },
        warnings: model ? unknownReads(target, model) : [],
      }
    },
  }
}

interface Resolved {
  readonly actions: Judged['actions']
  readonly shown: readonly (Classified | undefined)[]
}

/** Texts behind names are asked for as they turn up; a name that runs itself is trouble long before that. */
const mostRounds = 100

async function resolved(statement: string, classifier: Classifier, { readOnly }: PostgresTarget['imposed']): Promise<Resolved> {
  const first = await classifier.classify(statement)
  // The engine's own refusal of what cannot be read would say the same again.
  if (!first.readable) return { actions: first.statements.map(({ action }) => action), shown: [undefined] }
  const classified = new Map([[statement, first]])
  const scope = { names: createNames(), own: [], others: [], classified, runsCode: () => false, readOnly }
  for (let round = 0; round < mostRounds; round++) {
    const resolution = resolve([{ type: 'query', text: statement, raw: encodeText(statement) }], scope)
    if (resolution.is === 'resolved') {
      const { items, shown } = resolution.plan
      return { actions: items.map(({ action }) => action), shown: shown.filter((one) => one !== undefined) }
    }
    if (resolution.is === 'trouble') {
      const actions = [...resolution.items.map(({ action }) => action), troubleAction(resolution.trouble)]
      return { actions, shown: actions.map(() => undefined) }
    }
    for (const text of resolution.is === 'missing' ? resolution.texts : []) classified.set(text, await classifier.classify(text))
  }
  throw new SallyportError('invalid', 'the statement prepares more than can be followed')
}

/** As if the target told of no origin: what it does tell may mask more. */
function outputsOf(shown: Classified, view: View | undefined): readonly JudgedOutput[] | undefined {
  const { outputs } = shown
  if (!outputs) return undefined
  const plan =
    view &&
    planResult(
      Array.from(outputs, () => nowhere),
      shown,
      view,
    )
  return outputs.map(({ bare, derived }, i) => {
    const as = plan?.columns[i]?.as
    return { bare, derived, ...(as !== undefined && { as }) }
  })
}

const nowhere = { name: '', table: 0, attnum: 0, type: 0, typmod: -1, format: 0 } as const

/** Models are large, and several statements are judged by one: the last one is kept. */
function createReader(): (uploaded: unknown) => TargetModel {
  let last: { readonly uploaded: string; readonly model: TargetModel } | undefined
  return (uploaded) => {
    const text = typeof uploaded === 'string' ? uploaded : JSON.stringify(uploaded)
    if (last?.uploaded !== text) last = { uploaded: text, model: readModel(text) }
    return last.model
  }
}

/** @throws {SallyportError} for what is no model of this build. */
function readModel(text: string): TargetModel {
  try {
    const model = modelFromJson(text)
    if (typeof model.epoch === 'string' && Array.isArray(model.searchPath) && Array.isArray(model.operators) && Array.isArray(model.casts))
      return model
  } catch {
    throw unusable()
  }
  throw unusable()
}

function unusable(): SallyportError {
  return new SallyportError('unavailable', 'the target model on record cannot be read by this build')
}
