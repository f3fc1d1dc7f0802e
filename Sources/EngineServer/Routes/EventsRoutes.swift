import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  static func events(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.get, "/events", followsClient: true) { request in
        let since = try request.moment("since")
        let until = try request.moment("until")
        if let since, let until, until < since {
          throw EngineError(
            .invalidArgument, "`since` time (\(since)) cannot be after `until` time (\(until))")
        }
        let events = engine.events.subscribe(since: since, until: until, filters: try request.filters())
        return .stream("application/json") { stream in
          try await stream.begin()
          for await event in events { try await stream.writeLine(event) }
          try Task.checkCancellation()
        }
      }
    ]
  }
}
