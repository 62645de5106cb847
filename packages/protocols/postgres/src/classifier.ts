import { type Classifier, type ClassifierOptions, createClassifier, createParser, createStatementCache } from '@sallyport/sql'

/** One parser and one memory of texts for all sessions of a process; each session sees them through its own model. */
export interface Classifiers {
  open(options: Omit<ClassifierOptions, 'parser' | 'cache'>): Classifier
}

export function createClassifiers(): Classifiers {
  const parser = createParser()
  const cache = createStatementCache()
  return { open: (options) => createClassifier({ ...options, parser, cache }) }
}
