export type { TextMask, TextScan } from './transforms/text.js'
