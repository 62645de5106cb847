/**
 * What a process needs of its machine: a folder for itself, who holds a port, whether its parent lives, private files
 * written whole. A caller must not put anything here that knows a protocol, a plane or a configuration.
 */
export { readText, writePrivate } from './files.js'
export { lockFolder, type Locked } from './lock.js'
export { watchParent } from './parent.js'
export { bornAt, holderOf } from './process-table.js'
