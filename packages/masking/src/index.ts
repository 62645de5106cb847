export type { TextMask } from './transforms/text.js'
