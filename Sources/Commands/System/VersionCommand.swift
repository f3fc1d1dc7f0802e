internal import EngineClient
internal import JSON

enum VersionCommand: CommandDefinition {
  static let version = "0.1.0"

  static var command: Command {
    Command(
      summary: "Show the moonpool version information", synopsis: "[OPTIONS]", arguments: .none,
      flags: [InspectCommand.format]
    ) { invocation in
      let session = invocation.session
      let client = try session.client()
      var own: JSONObject = [
        "Version": .string(version), "ApiVersion": .string(EngineClient.ownVersion), "Os": "linux",
        "Arch": .string(architecture), "Context": .string(session.currentContext()),
      ]
      var server: JSONValue = nil
      var failure: ClientError?
      do throws(ClientError) {
        server = try client.json(Request(.get, "/version"))
      } catch {
        failure = error
      }
      own["DefaultAPIVersion"] = .string(EngineClient.ownVersion)
      let format = invocation.flags.string("format")
      if !format.isEmpty {
        let all: JSONValue = ["Client": .object(own), "Server": server]
        session.output.print(
          format == "json" ? JSON.text(all) : try Template(Listing.unescaped(format)).render(all))
      } else {
        show("Client:", own, session)
        if let object = server.objectValue {
          session.output.print()
          show("Server:\(object["Platform"]?["Name"]?.stringValue.map { " \($0)" } ?? "")", object, session)
        }
      }
      guard let failure else { return 0 }
      session.output.flush()
      session.errors.print("\(failure)")
      return 1
    }
  }

  private static func show(_ title: String, _ values: JSONObject, _ session: Session) {
    session.output.print(title)
    for (name, key) in [
      ("Version:", "Version"), ("API version:", "ApiVersion"), ("Minimum API:", "MinAPIVersion"),
      ("Swift version:", "SwiftVersion"), ("Git commit:", "GitCommit"), ("Built:", "BuildTime"),
      ("Kernel:", "KernelVersion"),
      ("Context:", "Context"),
    ] {
      guard let value = values[key]?.stringValue, !value.isEmpty else { continue }
      session.output.print(" \(name)\(String(repeating: " ", count: max(1, 19 - name.count)))\(value)")
    }
    session.output.print(" OS/Arch:           \(values["Os"]?.stringValue ?? "")/\(values["Arch"]?.stringValue ?? "")")
  }

  /// In Go's words, as the API uses them.
  static var architecture: String {
    #if arch(x86_64)
      "amd64"
    #elseif arch(arm64)
      "arm64"
    #else
      "unknown"
    #endif
  }
}
