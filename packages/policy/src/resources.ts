import type { ResourceFacts } from '@sallyport/core'
import type { ResourcesDocument } from './document/schema.js'
import { anyGlob } from './glob.js'

/** Which resources a policy is about: one of the names (globs), and all of the labels. Labels of a resource are complete. */
export function resources({ names, labels }: ResourcesDocument): (resource: ResourceFacts) => boolean {
  const named = names && anyGlob(names)
  const wanted = Object.entries(labels ?? {})
  return (resource) => {
    if (named && !named(resource.name)) return false
    for (const [key, value] of wanted) if (!Object.hasOwn(resource.labels, key) || resource.labels[key] !== value) return false
    return true
  }
}
