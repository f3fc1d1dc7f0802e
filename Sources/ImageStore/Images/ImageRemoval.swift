public import OCI

/// A container that was made from an image.
public struct ImageUser: Sendable, Hashable {
  public var container: String
  public var image: Digest
  public var isRunning: Bool

  public init(container: String, image: Digest, isRunning: Bool) {
    self.container = container
    self.image = image
    self.isRunning = isRunning
  }
}

/// What a removal did, in order.
public enum RemovedItem: Sendable, Hashable {
  /// A name, as a user writes it.
  case untagged(String, image: Digest)
  /// An image or, by its chain id, a layer.
  case deleted(Digest, isImage: Bool)
}

/// Decides what `docker rmi` may remove. Rules and words are Docker's (daemon/images/image_delete.go).
struct ImageRemoval {
  struct Plan: Hashable {
    var untag: [ImageReference] = []
    var deletesImage = false
  }

  var image: Digest
  /// All names of the image.
  var references: [ImageReference]
  var hasChildren: Bool
  var users: [ImageUser]
  var isForced: Bool

  /// `named` is the name that was given, nil when the image was given by its id.
  func plan(named: ImageReference?) throws(ImageStoreError) -> Plan {
    var plan = Plan()
    guard let named else {
      if isSingleReference {
        try checkConflicts(countingReferences: false)
        plan.untag = references
      } else {
        try checkConflicts(countingReferences: true)
        plan.untag = references
      }
      plan.deletesImage = true
      return plan
    }
    if !isForced, isSingleReference, let user = users.first(where: { $0.image == image }) {
      throw ImageStoreError(
        .conflict,
        "conflict: unable to remove repository reference \"\(named.familiar)\" (must force) - container "
          + "\(Self.short(user.container)) is using its referenced image \(image.short)")
    }
    plan.untag = [named]
    var rest = references.filter { $0 != named }
    if named.digest == nil, !rest.contains(where: { $0.digest == nil && $0.name == named.name }) {
      // Digests of a repository without a tag left would keep the image for nobody.
      plan.untag += rest.filter { $0.name == named.name }
      rest.removeAll { $0.name == named.name }
    }
    guard rest.isEmpty else { return plan }
    try checkConflicts(countingReferences: false)
    plan.deletesImage = true
    return plan
  }

  /// At most one tag, and every digest in the same repository.
  private var isSingleReference: Bool {
    if references.count <= 1 { return true }
    let tags = references.filter { $0.digest == nil }
    let repositories = Set(references.filter { $0.digest != nil }.map(\.name))
    guard tags.count <= 1 else { return false }
    guard let tag = tags.first else { return repositories.count == 1 }
    return repositories == [tag.name]
  }

  private func checkConflicts(countingReferences: Bool) throws(ImageStoreError) {
    if hasChildren { throw conflict("image has dependent child images", isHard: true) }
    if let user = users.first(where: { $0.image == image && $0.isRunning }) {
      throw conflict("image is being used by running container \(Self.short(user.container))", isHard: true)
    }
    guard !isForced else { return }
    if countingReferences, references.count > 1 {
      throw conflict("image is referenced in multiple repositories", isHard: false)
    }
    if let user = users.first(where: { $0.image == image }) {
      throw conflict("image is being used by stopped container \(Self.short(user.container))", isHard: false)
    }
  }

  private func conflict(_ reason: String, isHard: Bool) -> ImageStoreError {
    let how = isHard ? "cannot be forced" : "must be forced"
    return ImageStoreError(.conflict, "conflict: unable to delete \(image.short) (\(how)) - \(reason)")
  }

  private static func short(_ id: String) -> String { String(id.prefix(12)) }
}
