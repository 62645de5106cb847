import type { Judge } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { modelFromJson, type TargetModel } from '@sallyport/sql'
import { createClassifiers } from './classifier.js'

/**
 * What a statement would do, told without a target: for policy tests, explain and dry runs. It sees with the same eyes as
 * the engine, by the model that an agent uploaded. Without one, what depends on names is of unknown certainty.
 */
export async function createJudge(): Promise<Judge> {
  const classifiers = createClassifiers()
  return {
    async actions(statement, uploaded) {
      const model = uploaded === undefined ? undefined : readModel(uploaded)
      const { statements } = await classifiers.open({ model: () => model }).classify(statement)
      return statements.map(({ action }) => action)
    },
  }
}

/** @throws {SallyportError} for what is no model of this build. */
function readModel(uploaded: unknown): TargetModel {
  try {
    const model = modelFromJson(typeof uploaded === 'string' ? uploaded : JSON.stringify(uploaded))
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
