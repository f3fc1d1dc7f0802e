/// Names for containers that were given none: an adjective and a person who found something out.
enum ContainerNames {
  private static let adjectives = [
    "able", "ample", "balanced", "bright", "brisk", "calm", "candid", "careful", "cheerful", "clear", "clever",
    "curious", "deft", "eager", "earnest", "even", "fair", "fluent", "fond", "frank", "fresh", "gentle", "glad",
    "graceful", "hardy", "honest", "hopeful", "humble", "jolly", "keen", "kind", "lively", "loyal", "lucid", "mellow",
    "merry", "modest", "neat", "nimble", "noble", "open", "patient", "placid", "plucky", "polite", "prompt", "proud",
    "quick", "quiet", "ready", "robust", "serene", "sharp", "silent", "sincere", "smooth", "sober", "steady", "stoic",
    "strong", "sturdy", "subtle", "sunny", "swift", "tender", "thorough", "tidy", "tranquil", "trusty", "upbeat",
    "vivid", "warm", "wise", "witty", "zealous",
  ]
  private static let people = [
    "abel", "agnesi", "alhazen", "ampere", "anning", "archimedes", "avogadro", "babbage", "banach", "barton", "bassi",
    "beaufort", "bernoulli", "bohr", "boole", "borlaug", "boyle", "brahe", "burnell", "cannon", "carson", "cauchy",
    "cousteau", "curie", "darwin", "descartes", "dijkstra", "dirac", "earle", "einstein", "ekman", "euler", "faraday",
    "fermat", "fermi", "franklin", "galileo", "gauss", "germain", "goodall", "halley", "hamilton", "herschel",
    "hertz", "hopper", "hubble", "humboldt", "huygens", "hypatia", "joule", "kepler", "kowalevski", "lamarr",
    "laplace", "lavoisier", "leavitt", "linnaeus", "lovelace", "maury", "maxwell", "mcclintock", "meitner", "mendel",
    "nansen", "newton", "noether", "nobel", "pascal", "pasteur", "payne", "perlman", "piccard", "planck", "poincare",
    "ptolemy", "ramanujan", "rhodes", "ritchie", "rubin", "sagan", "shannon", "somerville", "tesla", "tharp",
    "torvalds", "turing", "volta", "wegener", "wing", "wu", "yalow",
  ]

  /// A name that is free; after some tries a number is added.
  static func make(isTaken: (String) -> Bool) -> String {
    for attempt in 0... {
      guard let adjective = adjectives.randomElement(), let person = people.randomElement() else { break }
      let name = attempt < 6 ? "\(adjective)_\(person)" : "\(adjective)_\(person)\(Int.random(in: 0..<1_000_000))"
      if !isTaken(name) { return name }
    }
    return RandomID.make()
  }
}
