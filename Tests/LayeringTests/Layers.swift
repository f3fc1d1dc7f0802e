/// The layers of docs/architecture.md, from the kernel up. A target may import every layer below its own; an edge
/// within a layer, and every package from outside, is allowed by name only.
enum Layers {
  static let order: [(name: String, targets: Set<String>)] = [
    (
      "kernel",
      [
        "CLinux", "CLua54", "CLua", "CSeccomp", "CNftables", "CSQLite", "CZlib", "CZstd", "CIsal", "LinuxSystem",
      ]
    ),
    (
      "base",
      [
        "JSON", "OCI", "EngineAPI", "Addresses", "Plans", "Archive", "Lua", "Cgroups", "Netlink", "Nftables",
      ]
    ),
    (
      "mechanisms",
      ["ContainerRuntime", "ShimProtocol", "Shim", "SeccompCompiler", "Drivers", "ImageStore", "Registry"]
    ),
    ("core", ["Scripting", "Engine"]),
    ("surfaces", ["EngineServer", "Daemon", "EngineClient", "Commands"]),
    ("programs", ["moonpool", "moonpoold", "moonpool-shim", "moonpool-runtime"]),
  ]

  /// What may be imported within a layer, and why.
  static let within: [String: Set<String>] = [
    "CLua": ["CLua54"],
    "LinuxSystem": ["CLinux"],
    // Every value is written and read as JSON somewhere.
    "OCI": ["JSON"],
    "EngineAPI": ["JSON"],
    "Plans": ["JSON", "Addresses"],
    "Lua": ["JSON"],
    // The OCI's resources are the shape in which limits arrive.
    "Cgroups": ["OCI"],
    "Netlink": ["Addresses"],
    "Nftables": ["Addresses", "JSON", "Netlink"],
    // The shim is the runtime, with a protocol to the daemon.
    "Shim": ["ShimProtocol", "ContainerRuntime"],
    // The engine runs hooks and drivers; Scripting receives a protocol from it and never imports it.
    "Engine": ["Scripting"],
    // The daemon's main without its `exit`: options, services, signals.
    "Daemon": ["EngineServer"],
    "Commands": ["EngineClient"],
  ]

  /// Packages from outside, by the target that may use them. Nothing that becomes a fully static program is here.
  static let outside: [String: Set<String>] = [
    "Archive": ["Crypto"],
    "Drivers": ["Logging"],
    "ImageStore": ["Crypto", "Logging"],
    "Registry": ["AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOSSL", "NIOHTTP1", "Crypto", "Logging"],
    "Scripting": ["Crypto", "Logging"],
    "Engine": ["NIOCore", "NIOPosix", "Crypto", "Logging"],
    "EngineServer": [
      "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOSSL",
      "Logging", "ServiceLifecycle",
    ],
    "Daemon": ["NIOPosix", "Logging", "ServiceLifecycle"],
  ]

  /// Layers whose programs must not reach another one, though both lie below: the command line never holds the
  /// engine, the shim never holds what only the daemon needs.
  static let apart: [String: Set<String>] = [
    "moonpool": ["Engine", "Scripting", "Lua", "ContainerRuntime", "Drivers", "Registry", "ImageStore"],
    "moonpool-shim": [
      "Engine", "Scripting", "Lua", "Drivers", "Registry", "ImageStore", "SeccompCompiler", "EngineAPI",
    ],
    "moonpool-runtime": [
      "Engine", "Scripting", "Lua", "Drivers", "Registry", "ImageStore", "EngineAPI", "ShimProtocol",
    ],
    "moonpoold": ["ContainerRuntime", "Shim", "Commands", "EngineClient"],
  ]

  static func level(of target: String) -> Int? {
    order.firstIndex { $0.targets.contains(target) }
  }
}
