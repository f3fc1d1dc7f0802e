public import EngineAPI
import ImageStore
import JSON
import OCI

extension ImageService {
  public func list(
    all: Bool, filters: Filters, sharedSize: Bool, manifests: Bool
  ) async throws -> [EngineAPI.ImageSummary] {
    do {
      try filters.validate(["before", "dangling", "label", "reference", "since", "until"])
    } catch { throw EngineError(.invalidArgument, error.message) }
    let dangling: Bool?
    do { dangling = filters.contains("dangling") ? try filters.boolean("dangling", default: false) : nil } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    let before = try filters["before"].first.map { try created($0) }
    let since = try filters["since"].first.map { try created($0) }
    var counts: [Digest: Int64] = [:]
    for user in await storeUsers() { counts[user.image, default: 0] += 1 }
    return store.list().filter { image in
      (dangling.map { $0 == image.isDangling } ?? true)
        && (all || !image.isDangling || dangling == true || store.children(of: image.id).isEmpty)
        && filters.matchesLabels("label", image.record.labels)
        && matchesReference(filters["reference"], image.repoTags + image.repoDigests)
        && (before.map { (image.record.created ?? "") < $0 } ?? true)
        && (since.map { (image.record.created ?? "") > $0 } ?? true)
    }.map { image in
      let patterns = filters["reference"]
      return EngineAPI.ImageSummary(
        id: image.id.description, parentId: image.record.parent?.description ?? "",
        repoTags: image.repoTags.filter { matchesReference(patterns, [$0]) },
        repoDigests: image.repoDigests.filter { matchesReference(patterns, [$0]) },
        created: Self.seconds(image.record.created), size: image.record.size,
        sharedSize: -1, labels: image.record.labels.isEmpty ? nil : image.record.labels,
        containers: counts[image.id] ?? 0)
    }
  }

  private func created(_ reference: String) throws -> String {
    do { return try store.find(reference).record.created ?? "" } catch { throw Self.wrap(error) }
  }

  /// `--filter reference=alpine:3*`: a shell pattern over the familiar name, with or without the tag.
  private func matchesReference(_ patterns: [String], _ names: [String]) -> Bool {
    patterns.isEmpty
      || names.contains { name in
        let bare = (try? ImageReference(name))?.familiarName ?? name
        return patterns.contains { ShellPattern.matches($0, name) || ShellPattern.matches($0, bare) }
      }
  }

  static func seconds(_ created: String?) -> Int64 {
    created.flatMap { Timestamp(rfc3339: $0)?.seconds } ?? 0
  }

  public func inspect(_ reference: String) async throws -> ImageInspect {
    do {
      let image = try store.find(reference)
      let configuration = try await store.configuration(of: image.id)
      let process = configuration.config
      return ImageInspect(
        id: image.id.description, repoTags: image.repoTags, repoDigests: image.repoDigests,
        parent: image.record.parent?.description ?? "", comment: configuration.comment ?? "",
        created: configuration.created ?? "0001-01-01T00:00:00Z", dockerVersion: configuration.dockerVersion ?? "",
        author: configuration.author ?? "", config: process.map(Self.view),
        architecture: configuration.architecture, variant: configuration.variant, os: configuration.os,
        osVersion: configuration.osVersion, size: image.record.size,
        graphDriver: GraphDriver(data: ["UpperDir": ""], name: "overlay"),
        rootFS: ImageRootFS(layers: configuration.rootfs.diffIDs.map(\.description)),
        metadata: ImageMetadata(
          lastTagTime: image.record.taggedAt.map { Timestamp(nanosecondsSince1970: $0).description }
            ?? "0001-01-01T00:00:00Z"),
        descriptor: EngineAPI.Descriptor(
          mediaType: image.record.manifest.mediaType.rawValue, digest: image.record.manifest.digest.description,
          size: image.record.manifest.size))
    } catch {
      throw Self.wrap(error)
    }
  }

  private static func view(_ process: ImageConfiguration.Process) -> ImageConfig {
    ImageConfig(
      user: process.user ?? "", exposedPorts: process.exposedPorts.map { ObjectSet($0.keys) }, env: process.env,
      cmd: process.cmd, healthcheck: nil, argsEscaped: process.argsEscaped,
      volumes: process.volumes.map { ObjectSet($0.keys) }, workingDir: process.workingDir ?? "",
      entrypoint: process.entrypoint, onBuild: process.onBuild, labels: process.labels,
      stopSignal: process.stopSignal, shell: process.shell)
  }

  public func history(_ reference: String) async throws -> [ImageHistoryItem] {
    do {
      let image = try store.find(reference)
      let configuration = try await store.configuration(of: image.id)
      var sizes = image.record.layers.map(\.size)[...]
      var items: [ImageHistoryItem] = []
      let steps = configuration.history ?? configuration.rootfs.diffIDs.map { _ in ImageConfiguration.History() }
      for step in steps {
        let size = step.emptyLayer == true ? 0 : sizes.popFirst() ?? 0
        items.append(
          ImageHistoryItem(
            id: "<missing>", created: Self.seconds(step.created), createdBy: step.createdBy ?? "", tags: nil,
            size: size,
            comment: step.comment ?? ""))
      }
      items.reverse()
      if !items.isEmpty {
        items[0].id = image.id.description
        items[0].tags = image.repoTags.isEmpty ? nil : image.repoTags
      }
      return items
    } catch {
      throw Self.wrap(error)
    }
  }
}
