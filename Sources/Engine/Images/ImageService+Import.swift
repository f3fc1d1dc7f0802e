import EngineAPI
import ImageStore
import JSON
import OCI
import Scripting

extension ImageService {
  /// Makes an image of one layer from a tar of a file system.
  public func importTar(
    from body: any AsyncSequence<[UInt8], any Error> & Sendable, reference: String?, message: String?,
    changes: [String], platform: String?, caller: Caller, progress: @escaping ProgressSink
  ) async throws {
    do {
      let name = try reference.flatMap { $0.isEmpty ? nil : try ImageReference($0).withDefaultTag }
      let target = try platform.flatMap { $0.isEmpty ? nil : try Platform($0) } ?? .host
      let process = try ImportChanges.apply(changes)
      try await gate.pass(
        .import, caller: caller, object: name?.familiar ?? "",
        payload: ["request": ["reference": .string(name?.familiar ?? ""), "message": .string(message ?? "")]])
      let id = try await importLayer(body, name, target, process, message)
      try await ProgressReporter(progress).say(id)
      announce("import", id, name: name?.familiar ?? id)
    } catch {
      throw Self.wrap(error)
    }
  }

  private func importLayer(
    _ body: any AsyncSequence<[UInt8], any Error> & Sendable, _ name: ImageReference?, _ platform: Platform,
    _ process: ImageConfiguration.Process, _ message: String?
  ) async throws -> String {
    let session = store.beginSession()
    do {
      let ingest = try session.makeLayer()
      do {
        for try await piece in body { try await ingest.write(piece) }
        let layer = try await ingest.finish()
        let now = Timestamp.now().description
        let comment = message.flatMap { $0.isEmpty ? nil : $0 } ?? "Imported from -"
        let configuration = ImageConfiguration(
          platform: platform, config: process, diffIDs: [layer.diffID],
          history: [.init(created: now, comment: comment)], created: now, comment: comment)
        let image = try await session.create(
          configuration, layers: [layer], origin: .import, references: name.map { [$0] } ?? [])
        await session.close()
        return image.id.description
      } catch {
        await ingest.abort()
        throw error
      }
    } catch {
      await session.close()
      throw error
    }
  }
}

/// `docker import --change`: the Dockerfile instructions that change only the configuration.
enum ImportChanges {
  static func apply(_ changes: [String]) throws -> ImageConfiguration.Process {
    var process = ImageConfiguration.Process()
    for change in changes where !change.allSatisfy(\.isWhitespace) { try apply(change, to: &process) }
    return process
  }

  private static func apply(_ change: String, to process: inout ImageConfiguration.Process) throws {
    let trimmed = change.drop { $0.isWhitespace }
    let parts = trimmed.split(maxSplits: 1, whereSeparator: { $0.isWhitespace })
    guard parts.count == 2 else {
      throw EngineError(.invalidArgument, "dockerfile parse error: \"\(change)\" has no argument")
    }
    let argument = String(parts[1])
    switch parts[0].uppercased() {
    case "CMD": process.cmd = command(argument)
    case "ENTRYPOINT": process.entrypoint = command(argument)
    case "USER": process.user = argument
    case "WORKDIR": process.workingDir = argument
    case "STOPSIGNAL": process.stopSignal = argument
    case "ENV":
      for (key, value) in try pairs(argument, change) {
        process.env = ImageDefaults.mergeEnvironment(process.env ?? [], ["\(key)=\(value)"])
      }
    case "LABEL":
      for (key, value) in try pairs(argument, change) {
        process.labels = (process.labels ?? [:]).merging([key: value]) { $1 }
      }
    case "EXPOSE":
      for word in argument.split(separator: " ") {
        let port: Port
        do { port = try Port(String(word)) } catch { throw EngineError(.invalidArgument, error.message) }
        process.exposedPorts = (process.exposedPorts ?? [:]).merging([port.description: .init()]) { $1 }
      }
    case "VOLUME":
      for path in list(argument) ?? argument.split(separator: " ").map(String.init) {
        process.volumes = (process.volumes ?? [:]).merging([path: .init()]) { $1 }
      }
    default:
      throw EngineError(.invalidArgument, "\(parts[0].lowercased()) is not a valid change command")
    }
  }

  private static func list(_ text: String) -> [String]? {
    guard text.hasPrefix("["), let values = try? JSON.parse(text).arrayValue else { return nil }
    let strings = values.compactMap(\.stringValue)
    return strings.count == values.count ? strings : nil
  }

  private static func command(_ text: String) -> [String] { list(text) ?? ["/bin/sh", "-c", text] }

  /// `A=b C="d e"`, or the older `A b`.
  private static func pairs(_ text: String, _ change: String) throws(EngineError) -> [(String, String)] {
    guard text.contains("=") else {
      let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw EngineError(.invalidArgument, "dockerfile parse error: \"\(change)\" must be KEY=VALUE")
      }
      return [(parts[0], parts[1])]
    }
    return try words(text).map { word throws(EngineError) in
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw EngineError(.invalidArgument, "dockerfile parse error: \"\(change)\" must be KEY=VALUE")
      }
      return (parts[0], parts[1])
    }
  }

  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    for character in text {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "\"" || character == "'" {
        quote = character
      } else if quote == nil, character == " " {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}
