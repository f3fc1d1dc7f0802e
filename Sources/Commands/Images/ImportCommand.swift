internal import EngineClient
internal import Glibc
internal import JSON
internal import LinuxSystem

/// `import FILE|URL|- [REPOSITORY[:TAG]]`
enum ImportCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Import the contents from a tarball to create a filesystem image",
      synopsis: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]", arguments: .between(1, 2),
      flags: [
        Flag("change", "c", .list, "Apply Dockerfile instruction to the created image"),
        Flag("message", "m", .string, "Set commit message for imported image"),
        Flag("platform", nil, .string, "Set platform if server is multi-platform capable"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let source = invocation.arguments[0]
      let isRemote = source.hasPrefix("http://") || source.hasPrefix("https://")
      var repository: String?
      var tag: String?
      if invocation.arguments.count == 2 {
        let target = invocation.arguments[1]
        (repository, tag) = ImagePull.full(target) == target ? ImagePull.split(target) : (target, nil)
      }
      var request = Request(
        .post, "/images/create",
        query: [
          "fromSrc": isRemote ? source : "-", "repo": repository, "tag": tag,
          "message": flags.isSet("message") ? flags.string("message") : nil,
          "platform": flags.isSet("platform") ? flags.string("platform") : nil,
        ])
      request.query += flags.list("change").map { ("changes", $0) }
      var display = ProgressDisplay(session.output)
      if isRemote {
        try session.client().stream(request) { try display.show($0) }
        return 0
      }
      let response = try Upload.file(source, request, type: "text/plain", session)
      try EngineClient.lines(of: response) { try display.show($0) }
      return 0
    }
  }
}

/// A file or standard input (`-`) as the body of a request.
enum Upload {
  static func file(
    _ path: String, _ request: Request, type: String, _ session: Session
  ) throws -> EngineClient.Response {
    let file: OwnedDescriptor
    do {
      file = path == "-" ? OwnedDescriptor(owning: dup(STDIN_FILENO)) : try OwnedDescriptor.open(path, .readOnly)
    } catch {
      throw CommandFailure("open \(path): \(error.errno)")
    }
    let descriptor = file.rawValue
    let response = try session.client().upload(request, type: type) {
      while true {
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 256 * 1024) { buffer, count in
          let status = read(descriptor, buffer.baseAddress, buffer.count)
          failure = status < 0 ? errno : 0
          count = max(status, 0)
        }
        if failure == EINTR { continue }
        guard failure == 0 else { throw CommandFailure("read \(path): \(Errno(failure))") }
        return bytes.isEmpty ? nil : bytes
      }
    }
    file.close()
    return response
  }
}
