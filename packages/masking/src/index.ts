export type { TextMask, TextScan } from './transforms/text.js'
export type { Found } from './detectors/found.js'
export { type ContentOptions, type ContentScan, createContentScan, maskFound } from './detectors/mask.js'
export { type Budget, bytesPerResult, createBudget, createDetectors, type DetectorOptions, type Detectors } from './detectors/scan.js'
