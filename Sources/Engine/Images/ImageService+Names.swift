public import EngineAPI
import ImageStore
import JSON
import OCI
import Scripting

extension ImageService {
  public func tag(_ reference: String, repository: String, tag: String?, caller: Caller) async throws {
    do {
      let image = try store.find(reference)
      let name = tag.flatMap { $0.isEmpty ? nil : $0 }.map { "\(repository):\($0)" } ?? repository
      let target = try ImageReference(name)
      try await gate.pass(
        .tag, caller: caller, object: image.id.description,
        payload: [
          "image": .object(try await resolve(reference).payload), "request": ["reference": .string(target.familiar)],
        ])
      try await store.tag(image.id, target)
      announce("tag", image.id.description, name: target.withDefaultTag.familiar)
    } catch {
      throw Self.wrap(error)
    }
  }

  public func remove(
    _ reference: String, force: Bool, prune: Bool, caller: Caller
  ) async throws -> [ImageDeleteResponseItem] {
    do {
      let image = try await resolve(reference)
      try await gate.pass(
        .imageRemove, caller: caller, object: image.id,
        payload: ["image": .object(image.payload), "request": ["force": .bool(force)]])
      return report(try await store.remove(reference, force: force, users: await storeUsers()))
    } catch {
      throw Self.wrap(error)
    }
  }

  private func report(_ items: [RemovedItem]) -> [ImageDeleteResponseItem] {
    items.map { item in
      switch item {
      case .untagged(let name, let image):
        announce("untag", image.description, name: name)
        return ImageDeleteResponseItem(untagged: name)
      case .deleted(let digest, let isImage):
        if isImage { announce("delete", digest.description, name: digest.description) }
        return ImageDeleteResponseItem(deleted: digest.description)
      }
    }
  }

  public func prune(filters: Filters, caller: Caller) async throws -> ImagesPruneReport {
    do {
      try filters.validate(["dangling", "label", "label!", "until"])
      let onlyDangling = try filters.boolean("dangling", default: true)
      let until = try filters["until"].first.map { try Timestamp(option: $0) }
      var report = ImagesPruneReport()
      let users = await storeUsers()
      let used = Set(users.map(\.image))
      for image in store.list() where (image.isDangling || !onlyDangling) && !used.contains(image.id) {
        guard filters.matchesLabels("label", image.record.labels),
          filters.excludesLabels("label!", image.record.labels),
          until.map({ Self.seconds(image.record.created) < $0.seconds }) ?? true
        else { continue }
        do {
          report.imagesDeleted =
            (report.imagesDeleted ?? [])
            + (try await remove(image.id.description, force: true, prune: true, caller: caller))
          report.spaceReclaimed += UInt64(max(0, image.record.size))
        } catch let error as EngineError where error.code != .internalError {
          continue
        }
      }
      return report
    } catch let error as InvalidValue {
      throw EngineError(.invalidArgument, error.message)
    }
  }

  func announce(_ action: String, _ id: String, name: String) {
    publisher.announce(type: "image", action: action, id: id, attributes: ["name": name])
  }
}
