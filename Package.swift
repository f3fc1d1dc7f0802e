// swift-tools-version: 6.2

import PackageDescription

// One rule for every Swift target: Swift 6 mode, the upcoming features that would otherwise change
// meaning under us later, and no warning left standing.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

// Programs that start in a millisecond and run where no library is installed.
let fullyStatic: [LinkerSetting] = [.unsafeFlags(["-static-executable", "-Xlinker", "--gc-sections"])]
// The daemon: the Swift runtime inside, the C libraries from Debian.
// (FoundationEssentials, which some packages use, names its own two archives only when it is compiled statically too.)
let staticRuntime: [LinkerSetting] = [
  .unsafeFlags(["-static-stdlib", "-Xlinker", "--gc-sections"]), .linkedLibrary("_FoundationCollections"),
  .linkedLibrary("_FoundationCShims"),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)",
    exclude: [], swiftSettings: strict)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

// Layers, from the kernel up. An arrow points down only; Tests/LayeringTests holds this list against
// `swift package dump-package`.
let kernel: [Target] = [
  .target(name: "CLinux"),
  .systemLibrary(name: "CLua54", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
  .target(name: "CLua", dependencies: ["CLua54"]),
  .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
  .systemLibrary(name: "CNftables", pkgConfig: "libnftables", providers: [.apt(["libnftables-dev"])]),
  .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
  .systemLibrary(name: "CIsal", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
  library("LinuxSystem", ["CLinux"]),
]

let base: [Target] = [
  library("JSON", []),
  library("OCI", ["JSON"]),
  library("EngineAPI", ["JSON"]),
  library("Addresses", []),
  library("Plans", ["JSON", "Addresses"]),
  library("Archive", ["LinuxSystem", "CLinux", "CZlib", "CZstd", "CIsal", crypto]),
  library("Lua", ["CLua", "JSON"]),
  library("Cgroups", ["LinuxSystem", "CLinux", "OCI"]),
  library("Netlink", ["Addresses", "LinuxSystem", "CLinux"]),
  library("Nftables", ["Addresses", "JSON", "LinuxSystem", "CLinux", "CNftables", "Netlink"]),
]

let mechanisms: [Target] = [
  library("ContainerRuntime", ["LinuxSystem", "CLinux", "OCI", "JSON", "Cgroups", "Netlink"]),
  library("ShimProtocol", ["JSON", "OCI", "LinuxSystem", "CLinux"]),
  library("Shim", ["ShimProtocol", "ContainerRuntime", "JSON", "OCI", "Cgroups", "LinuxSystem", "CLinux"]),
  library("SeccompCompiler", ["CSeccomp", "OCI", "JSON", "LinuxSystem"]),
  library("Drivers", ["Plans", "Addresses", "JSON", "LinuxSystem", "CLinux", "Netlink", "Nftables", logging]),
  library("ImageStore", ["OCI", "JSON", "Archive", "LinuxSystem", "CLinux", crypto, logging]),
  library("Registry", ["OCI", "JSON", httpClient, nioCore, nioPosix, nioSSL, nioHTTP1, crypto, logging]),
]

let core: [Target] = [
  library("Scripting", ["Lua", "CLua", "JSON", "Plans", "Drivers", "LinuxSystem", "CLinux", crypto, logging]),
  library(
    "Engine",
    [
      "EngineAPI", "OCI", "Plans", "Addresses", "JSON", "Archive", "ShimProtocol", "SeccompCompiler", "Drivers",
      "ImageStore",
      "Registry", "Scripting", "Cgroups", "LinuxSystem", "CLinux", "Netlink", "CSQLite", nioCore, nioPosix,
      logging, crypto,
    ]),
]

let surfaces: [Target] = [
  library(
    "EngineServer",
    [
      "Engine", "EngineAPI", "JSON", hummingbirdCore, httpTypes, nioCore, nioPosix, nioHTTP1, nioHTTPTypes,
      nioHTTPTypesHTTP1, nioSSL, logging, lifecycle,
    ]),
  library(
    "Daemon",
    [
      "Engine", "EngineServer", "EngineAPI", "Scripting", "JSON", "LinuxSystem", "CLinux", nioPosix, logging, lifecycle,
    ]),
  library("EngineClient", ["EngineAPI", "JSON", "LinuxSystem", "CLinux"]),
  library("Commands", ["EngineClient", "EngineAPI", "JSON", "LinuxSystem", "CLinux"]),
]

let programs: [Target] = [
  .executableTarget(
    name: "moonpool", dependencies: ["Commands"], swiftSettings: strict, linkerSettings: fullyStatic),
  .executableTarget(
    name: "moonpoold", dependencies: ["Daemon"], swiftSettings: strict, linkerSettings: staticRuntime),
  .executableTarget(name: "moonpool-shim", dependencies: ["Shim"], swiftSettings: strict, linkerSettings: fullyStatic),
  .executableTarget(
    name: "moonpool-runtime",
    dependencies: ["ContainerRuntime", "SeccompCompiler", "Cgroups", "OCI", "JSON", "LinuxSystem", "CLinux"],
    swiftSettings: strict, linkerSettings: fullyStatic),
]

let testTargets: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["LinuxSystem", "CLinux", "JSON"], path: "Tests/Support", swiftSettings: strict),
  // The program that runtime tests put into a container: static C, no image needed, milliseconds each.
  .executableTarget(name: "test-helper", path: "Tests/Helper", linkerSettings: [.unsafeFlags(["-static-executable"])]),
  tests("JSONTests", ["JSON"]),
  tests("OCITests", ["OCI", "JSON"]),
  tests("EngineAPITests", ["EngineAPI", "JSON"]),
  tests("PlansTests", ["Plans", "Addresses", "JSON"]),
  tests("ArchiveTests", ["Archive", "LinuxSystem", "CLinux"]),
  tests("LuaTests", ["Lua", "JSON"]),
  tests("CgroupsTests", ["Cgroups", "LinuxSystem", "CLinux", "OCI"]),
  tests("NetlinkTests", ["Netlink", "Nftables", "Addresses", "JSON", "LinuxSystem", "CLinux"]),
  tests("LinuxSystemTests", ["LinuxSystem", "CLinux"]),
  tests("RuntimeTests", ["ContainerRuntime", "OCI", "JSON", "Cgroups", "LinuxSystem", "CLinux"]),
  tests("ShimTests", ["Shim", "ShimProtocol", "OCI", "JSON", "Cgroups", "LinuxSystem", "CLinux"]),
  .executableTarget(name: "seccomp-probe", path: "Tests/SeccompProbe"),
  tests("SeccompCompilerTests", ["SeccompCompiler", "OCI", "JSON", "LinuxSystem", "CLinux"]),
  tests("DriversTests", ["Drivers", "Plans", "Addresses", "JSON", "Netlink", "Nftables", "LinuxSystem", "CLinux"]),
  tests("ImageStoreTests", ["ImageStore", "OCI", "JSON", "Archive", "LinuxSystem", "CLinux"]),
  tests("RegistryTests", ["Registry", "OCI", "JSON", "CLinux", nioCore, nioPosix, nioHTTP1, crypto, logging]),
  tests("ScriptingTests", ["Scripting", "Lua", "JSON", "Drivers", "Plans", "EngineAPI"]),
  tests(
    "EngineTests",
    ["Engine", "EngineAPI", "OCI", "JSON", "Addresses", "ShimProtocol", "LinuxSystem", "CLinux", logging]),
  tests(
    "EngineServerTests",
    [
      "EngineServer", "Engine", "EngineAPI", "JSON", hummingbirdCore, httpTypes, nioCore, nioPosix, logging, lifecycle,
    ]),
  tests("DaemonTests", ["Daemon", "JSON"]),
  tests("CommandsTests", ["Commands", "EngineClient", "EngineAPI", "JSON", "LinuxSystem", "CLinux"]),
  tests("LayeringTests", ["JSON"]),
]

// Programs that tests start. A dependency on them would link the test bundle with their linker settings
// (`-static-executable`); every build makes all selected targets, so they only have to be selected.
let startedByTests: [String: [String]] = [
  "RuntimeTests": ["test-helper", "moonpool-runtime"], "ShimTests": ["test-helper", "moonpool-shim"],
  "CommandsTests": ["moonpool"],
  "SeccompCompilerTests": ["seccomp-probe"],
]
// MOONPOOL_ONLY=LuaTests (comma separated) declares only those targets and what they need, so that working
// on a leaf module neither builds nor fetches the rest.
let everything = kernel + base + mechanisms + core + surfaces + programs + testTargets
let selected: [Target] = {
  guard let names = Context.environment["MOONPOOL_ONLY"], !names.isEmpty else { return everything }
  var wanted: Set<String> = []
  var queue = names.split(separator: ",").map(String.init)
  while let name = queue.popLast() {
    guard wanted.insert(name).inserted, let target = everything.first(where: { $0.name == name }) else { continue }
    queue += startedByTests[name] ?? []
    for dependency in target.dependencies {
      if case .byNameItem(let name, _) = dependency { queue.append(name) }
    }
  }
  return everything.filter { wanted.contains($0.name) }
}()
let usedPackages = Set(
  selected.flatMap(\.dependencies).compactMap { dependency -> String? in
    if case .productItem(_, let package, _, _) = dependency { package } else { nil }
  })
let packages: [(name: String, dependency: Package.Dependency)] = [
  ("swift-nio", .package(url: "https://github.com/apple/swift-nio", from: "2.101.2")),
  ("swift-nio-ssl", .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6")),
  ("swift-log", .package(url: "https://github.com/apple/swift-log", from: "1.16.2")),
  ("swift-crypto", .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")),
  ("swift-nio-extras", .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2")),
  ("swift-http-types", .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0")),
  ("hummingbird", .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")),
  ("async-http-client", .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0")),
  (
    "swift-service-lifecycle",
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0")
  ),
]

let package = Package(
  name: "moonpool",
  products: ["moonpool", "moonpoold", "moonpool-shim", "moonpool-runtime"]
    .filter { name in selected.contains { $0.name == name } }
    .map { .executable(name: $0, targets: [$0]) },
  dependencies: packages.filter { usedPackages.contains($0.name) }.map(\.dependency),
  targets: selected,
  swiftLanguageModes: [.v6]
)
