export { AgentServiceService } from './gen/sallyport/agent/v1/agent.js'
export type { AgentServiceServer } from './gen/sallyport/agent/v1/agent.js'
export type {
  AuditAck,
  AuditBatch,
  AuditHead,
  AuditHello,
  StreamAuditRequest,
  StreamAuditResponse,
} from './gen/sallyport/agent/v1/audit.js'
export type {
  ConfigAck,
  ConfigEntry,
  ConfigHead,
  ConfigHello,
  ConfigNack,
  ConfigUpdate,
  SignerRotation,
  StreamConfigRequest,
  StreamConfigResponse,
} from './gen/sallyport/agent/v1/config.js'
export type {
  ControlCall,
  ControlError,
  ControlHello,
  ControlReady,
  ControlReply,
  ControlWelcome,
  FileHold,
  HoldEnded,
  PostureFinding,
  RefetchKeys,
  RefetchKeysDone,
  SampleTarget,
  SampleTargetDone,
  StreamControlRequest,
  StreamControlResponse,
  TerminateSession,
  UploadPosture,
  UploadTargetModel,
  UseGrant,
  WithdrawHold,
} from './gen/sallyport/agent/v1/control.js'
export { EnrollmentServiceClient, EnrollmentServiceService } from './gen/sallyport/agent/v1/enrollment.js'
export type {
  EnrollmentServiceServer,
  EnrollRequest,
  EnrollResponse,
  RenewRequest,
  RenewResponse,
} from './gen/sallyport/agent/v1/enrollment.js'
export { CallError, createCalls } from './calls.js'
export type { Calls, Question, Result } from './calls.js'
export { canonicalBytes, CanonicalError, canonicalJson, parseCanonical } from './canonical.js'
export { decodeEntity, encodeEntity, entityKey, hashKeyAad, hashKeyInfo, secretAad, secretInfo } from './entities.js'
export type {
  Entity,
  GrantEntity,
  KeyringEntity,
  LockEntity,
  PolicyEntity,
  ProviderEntity,
  ResourceEntity,
  SealedHashKey,
  SealedSecret,
} from './entities.js'
export { encodeHold, readEnded, readHold } from './holds.js'
export type { FiledHold } from './holds.js'
export { hpkeOpen, hpkeSeal } from './hpke.js'
export { formatJoinToken, parseJoinToken, pinFits, pinOf } from './join-token.js'
export type { JoinToken } from './join-token.js'
export { ed25519PublicKey, rawPublicKey, x25519PublicKey } from './keys.js'
export { limits } from './limits.js'
export { targetDigest, writeFindings, readFindings } from './posture.js'
export { refusalOf, refusalReasons, refuse } from './refusals.js'
export type { RefusalReason } from './refusals.js'
export { readSampling, writeSampling } from './sampling.js'
export type { Sampling } from './sampling.js'
export { followRotations, signRotation, signSnapshotHead, verifySnapshotHead } from './snapshot-head.js'
export type { SignedRotation, SignedSnapshotHead, SnapshotHead } from './snapshot-head.js'
export { applyDelta, deltaBetween, emptyState, fullDelta, stateDigest } from './state.js'
export type { Delta, State } from './state.js'
export { EntityError } from './strict.js'
export { AgentServiceClient } from './upload.js'
