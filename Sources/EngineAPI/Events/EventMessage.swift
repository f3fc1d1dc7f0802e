/// Something that happened: one line of `GET /events`.
public struct EventMessage: Codable, Sendable, Hashable {
  /// The action again, for old clients; containers and images only.
  public var status: String?
  public var id: String?
  public var from: String?
  /// `container`, `image`, `network`, `volume`, `daemon`, …
  public var type: String
  public var action: String
  public var actor: EventActor
  public var scope: String?
  /// Seconds since 1970.
  public var time: Int64
  public var timeNano: Int64

  public init(
    status: String? = nil, id: String? = nil, from: String? = nil, type: String = "", action: String = "",
    actor: EventActor = EventActor(), scope: String? = "local", time: Int64 = 0, timeNano: Int64 = 0
  ) {
    self.status = status
    self.id = id
    self.from = from
    self.type = type
    self.action = action
    self.actor = actor
    self.scope = scope
    self.time = time
    self.timeNano = timeNano
  }

  enum CodingKeys: String, CodingKey {
    case status
    case id
    case from
    case type = "Type"
    case action = "Action"
    case actor = "Actor"
    case scope
    case time
    case timeNano
  }
}

/// What an event is about.
public struct EventActor: Codable, Sendable, Hashable, ZeroValue {
  public var id: String
  public var attributes: [String: String]

  public init(id: String = "", attributes: [String: String] = [:]) {
    self.id = id
    self.attributes = attributes
  }

  public init() { self.init(id: "") }

  enum CodingKeys: String, CodingKey {
    case id = "ID"
    case attributes = "Attributes"
  }
}
