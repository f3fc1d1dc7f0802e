public import JSON

/// One line of a stream of progress (pull, push, import, load, build).
public struct JSONMessage: Codable, Sendable, Hashable {
  public var stream: String?
  public var status: String?
  public var progressDetail: JSONProgress?
  /// A rendered bar, for clients that print lines.
  public var progress: String?
  /// The layer that the line is about.
  public var id: String?
  public var from: String?
  public var time: Int64?
  public var timeNano: Int64?
  public var errorDetail: JSONErrorDetail?
  public var error: String?
  public var aux: JSONValue?

  public init(
    stream: String? = nil, status: String? = nil, progressDetail: JSONProgress? = nil, progress: String? = nil,
    id: String? = nil, from: String? = nil, time: Int64? = nil, timeNano: Int64? = nil,
    errorDetail: JSONErrorDetail? = nil, error: String? = nil, aux: JSONValue? = nil
  ) {
    self.stream = stream
    self.status = status
    self.progressDetail = progressDetail
    self.progress = progress
    self.id = id
    self.from = from
    self.time = time
    self.timeNano = timeNano
    self.errorDetail = errorDetail
    self.error = error
    self.aux = aux
  }

  enum CodingKeys: String, CodingKey {
    case stream
    case status
    case progressDetail
    case progress
    case id
    case from
    case time
    case timeNano
    case errorDetail
    case error
    case aux
  }
}

/// How far a transfer is; both nil is written as `{}`, as Docker does.
public struct JSONProgress: Codable, Sendable, Hashable {
  public var current: Int64?
  public var total: Int64?
  public var hidecounts: Bool?
  public var units: String?

  public init(current: Int64? = nil, total: Int64? = nil, hidecounts: Bool? = nil, units: String? = nil) {
    self.current = current
    self.total = total
    self.hidecounts = hidecounts
    self.units = units
  }

  enum CodingKeys: String, CodingKey {
    case current
    case total
    case hidecounts
    case units
  }
}

/// What went wrong in a stream whose status was already sent.
public struct JSONErrorDetail: Codable, Sendable, Hashable {
  public var code: Int?
  public var message: String?

  public init(code: Int? = nil, message: String? = nil) {
    self.code = code
    self.message = message
  }

  enum CodingKeys: String, CodingKey {
    case code
    case message
  }
}
