import type { Classifier } from './classifying.js'

/** Until the classifier is there nothing can be read, and so nothing runs. */
export function createSharedClassifier(): Classifier {
  return {
    classify: (text) => ({
      readable: false,
      statements: [
        {
          text,
          control: { kind: 'none', changesSettings: true, changesNames: true, changesLexing: true, ddl: true, returnsRows: true },
          action: {
            verb: 'unknown',
            effects: ['unparsable'],
            touches: [],
            facts: {},
            certainty: 'unknown',
            reason: 'no classifier in this build',
          },
        },
      ],
    }),
  }
}
