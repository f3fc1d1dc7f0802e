import JSON
import TestSupport
import Testing

/// Targets of the package and what each depends on, as `swift package dump-package` says.
struct PackageGraph {
  var targets: [String: Set<String>] = [:]
  var products: [String: Set<String>] = [:]
  var tests: Set<String> = []

  private static let dump = Result { try run() }

  static func dumped() throws -> PackageGraph {
    try PackageGraph(dump.get())
  }

  /// A scratch path of its own: the one in use is locked by the `swift test` that runs this.
  private static func run() throws -> JSONValue {
    let (text, status) = try Checkout.output(
      of: """
        scratch=$(mktemp -d /tmp/moonpool-layering-XXXXXX); \
        env -u MOONPOOL_ONLY "${SWIFT:-swift}" package --scratch-path "$scratch" dump-package; \
        status=$?; rm -rf "$scratch"; exit $status
        """)
    guard status == 0 else {
      throw CommandFailure(command: "swift package dump-package", reason: "exit status \(status)")
    }
    return try JSON.parse(text, limits: .init(depth: 64, size: 16 << 20))
  }

  init(_ document: JSONValue) throws {
    for target in document["targets"]?.arrayValue ?? [] {
      let name = try #require(target["name"]?.stringValue)
      if target["type"]?.stringValue == "test" || target["path"]?.stringValue?.hasPrefix("Tests/") == true {
        tests.insert(name)
        continue
      }
      targets[name] = []
      for dependency in target["dependencies"]?.arrayValue ?? [] {
        if let other = (dependency["byName"] ?? dependency["target"])?[0]?.stringValue {
          targets[name, default: []].insert(other)
        } else if let product = dependency["product"]?[0]?.stringValue {
          products[name, default: []].insert(product)
        } else {
          Issue.record("\(name) has a dependency of a kind this test does not know: \(dependency)")
        }
      }
    }
  }

  /// Everything that ends up in a program.
  func closure(of target: String) -> Set<String> {
    var found: Set<String> = []
    var queue = [target]
    while let next = queue.popLast() {
      for other in targets[next] ?? [] where found.insert(other).inserted { queue.append(other) }
    }
    return found
  }

  /// Every edge that the layers do not allow, as a sentence.
  func violations() -> [String] {
    var found: [String] = []
    for (target, dependencies) in targets {
      guard let level = Layers.level(of: target) else {
        found.append("\(target) stands in no layer: add it to Tests/LayeringTests/Layers.swift")
        continue
      }
      for other in dependencies {
        guard let below = Layers.level(of: other) else { continue }
        if below > level {
          found.append("\(target) (\(Layers.order[level].name)) imports \(other), which lies above it")
        } else if below == level, Layers.within[target]?.contains(other) != true {
          found.append("\(target) imports \(other) of its own layer, which is not allowed by name")
        }
      }
      for product in products[target] ?? [] where Layers.outside[target]?.contains(product) != true {
        found.append("\(target) uses \(product) from outside, which is not allowed by name")
      }
    }
    for (program, forbidden) in Layers.apart {
      for other in closure(of: program).intersection(forbidden) {
        found.append("\(program) must not reach \(other)")
      }
    }
    return found.sorted()
  }
}

@Suite("Layers")
struct LayeringTests {
  @Test("every edge points down")
  func edges() throws {
    let graph = try PackageGraph.dumped()
    #expect(graph.targets.count > 20)
    #expect(graph.violations() == [])
  }

  @Test("the allowances name only what exists")
  func allowances() throws {
    let graph = try PackageGraph.dumped()
    for (target, others) in Layers.within {
      #expect(others.subtracting(graph.targets[target] ?? []) == [], "unused allowance of \(target)")
    }
    for (target, products) in Layers.outside {
      #expect(products.subtracting(graph.products[target] ?? []) == [], "unused allowance of \(target)")
    }
  }

  @Test(
    "a wrong edge is found",
    arguments: [
      ("OCI", "Engine", "above"), ("Lua", "Archive", "own layer"), ("EngineClient", "EngineServer", "own layer"),
      ("Commands", "Engine", "must not reach"),
    ])
  func wrongEdges(target: String, other: String, word: String) throws {
    var graph = try PackageGraph.dumped()
    graph.targets[target, default: []].insert(other)
    #expect(graph.violations().contains { $0.contains(word) && $0.contains(other) })
  }

  @Test("no source imports Foundation")
  func foundation() throws {
    let (text, _) = try Checkout.output(
      of: "grep -rnE 'import (struct |class |enum |func )?Foundation' Sources || true")
    #expect(String(decoding: text, as: UTF8.self) == "")
  }

  @Test("concurrency checks are not switched off without a reason beside them")
  func escapes() throws {
    let (text, _) = try Checkout.output(
      of: "grep -rnE -B3 '@unchecked Sendable|nonisolated\\(unsafe\\)' Sources --include=*.swift || true")
    for block in String(decoding: text, as: UTF8.self).split(separator: "\n--\n") {
      #expect(block.contains("//"), "say why: \(block)")
    }
  }
}
