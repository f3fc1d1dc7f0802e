import EngineAPI
import JSON
import Testing

@testable import Scripting

/// What scripts are told about a container agrees with what the engine decodes.
@Suite struct EngineSchemaTests {
  private func fields(_ schema: FieldSchema?) -> [String: FieldSchema] {
    if case .record(let fields) = schema?.unwrapped { fields } else { [:] }
  }

  @Test(arguments: ["Config", "HostConfig", "NetworkSettings"])
  func theStubKnowsWhatTheEngineKnows(_ part: String) throws {
    let engine = fields(FieldSchema(of: ContainerInspect.self)[[part]])
    let stub = fields(EventSchemas.of(.create)[["container", part]])
    #expect(!engine.isEmpty, "the schema of \(part) could not be derived")
    if part == "NetworkSettings" {
      #expect(engine["Networks"] != nil)
      return
    }
    #expect(Set(engine.keys).symmetricDifference(stub.keys).sorted() == [])
    for (name, field) in stub {
      guard let derived = engine[name] else { continue }
      #expect(shape(derived) == shape(field), "\(part).\(name)")
    }
  }

  private func shape(_ schema: FieldSchema) -> String {
    switch schema.unwrapped {
    case .list: "list"
    case .map: "map"
    case .record: "record"
    case .any: "any"
    case .choice: "string"
    default: "\(schema.unwrapped)"
    }
  }
}
