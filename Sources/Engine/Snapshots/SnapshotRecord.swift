import Drivers

/// A container's writable layer: the plan that made it, and so how it is taken away.
struct SnapshotRecord: Sendable, Codable {
  static let currentVersion = 1
  var version = SnapshotRecord.currentVersion
  /// The container's id.
  let id: String
  let driver: String
  /// The image's layers below it, topmost first.
  let parents: [SnapshotRequest.Parent]
  var applied: AppliedPlan
}
