/// One line of `GET /images/search`.
public struct ImageSearchResult: Codable, Sendable, Hashable {
  public var starCount: Int
  public var isOfficial: Bool
  public var name: String
  public var isAutomated: Bool
  public var description: String

  public init(
    starCount: Int = 0, isOfficial: Bool = false, name: String = "", isAutomated: Bool = false,
    description: String = ""
  ) {
    self.starCount = starCount
    self.isOfficial = isOfficial
    self.name = name
    self.isAutomated = isAutomated
    self.description = description
  }

  enum CodingKeys: String, CodingKey {
    case starCount = "star_count"
    case isOfficial = "is_official"
    case name
    case isAutomated = "is_automated"
    case description
  }
}
