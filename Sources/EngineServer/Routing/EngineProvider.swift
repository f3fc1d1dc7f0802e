import Engine

/// The engine as the routes see it. It is asked for only while a request is served, so that the table of routes can be
/// read without an engine.
struct EngineProvider: Sendable {
  private let engine: @Sendable () -> Engine

  init(_ engine: Engine) { self.engine = { engine } }

  init(late engine: @escaping @Sendable () -> Engine) { self.engine = engine }

  var containers: ContainerService { engine().containers }
  var execs: ExecService { engine().execs }
  var images: ImageService { engine().images }
  var networks: NetworkService { engine().networks }
  var volumes: VolumeService { engine().volumes }
  var events: EventBus { engine().events }
  var system: SystemService { engine().system }
}
