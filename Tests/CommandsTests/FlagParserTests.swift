import Testing

@testable import Commands

@Suite struct FlagParserTests {
  private func parse(_ line: String, interspersed: Bool = false) throws -> ParsedFlags {
    try FlagParser(table: RunCommand.command.flags, isInterspersed: interspersed)
      .parse(line.split(separator: " ").map(String.init))
  }

  @Test(arguments: [
    "-it --rm -p 80:80 image ls -l", "-i -t --rm -p80:80 image ls -l", "-itp=80:80 --rm image ls -l",
    "--interactive --tty=true --rm=1 --publish=80:80 image ls -l", "-it --rm --publish 80:80 -- image ls -l",
  ]) func oneMeaningManySpellings(line: String) throws {
    let flags = try parse(line)
    #expect(flags.bool("interactive") && flags.bool("tty") && flags.bool("rm"))
    #expect(flags.list("publish") == ["80:80"])
    #expect(flags.arguments == ["image", "ls", "-l"])
  }

  @Test func whatIsNotGivenHasItsDefault() throws {
    let flags = try parse("--sig-proxy=false image")
    #expect(!flags.bool("sig-proxy") && flags.isSet("sig-proxy"))
    #expect(flags.string("pull") == "missing" && !flags.isSet("pull"))
    #expect(flags.int("memory-swappiness") == -1)
  }

  @Test func listsGrowAndOthersAreReplaced() throws {
    let flags = try parse("-e A=1 --env=B=2 -eC=3 --name a --name b --net x image")
    #expect(flags.list("env") == ["A=1", "B=2", "C=3"])
    #expect(flags.string("name") == "b")
    #expect(flags.list("network") == ["x"])
  }

  @Test(arguments: [
    ("--foo image", "unknown flag: --foo"), ("-ix image", "unknown shorthand flag: 'x' in -ix"),
    ("--name", "flag needs an argument: --name"), ("-itp", "flag needs an argument: 'p' in -itp"),
    (
      "--rm=maybe image",
      "invalid argument \"maybe\" for \"--rm\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax"
    ),
    ("-m 12q image", "invalid argument \"12q\" for \"-m, --memory\" flag: invalid size: '12q'"),
    (
      "--pids-limit x image",
      "invalid argument \"x\" for \"--pids-limit\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"
    ),
  ]) func whatIsWrongIsSaidAsDockerSaysIt(line: String, message: String) {
    #expect(throws: UsageError(message)) { try parse(line) }
  }

  @Test func interspersedFlagsMayFollowArguments() throws {
    let flags = try FlagParser(table: RemoveCommand.command.flags).parse(["a", "-f", "b", "--", "-v"])
    #expect(flags.bool("force") && !flags.bool("volumes"))
    #expect(flags.arguments == ["a", "b", "-v"])
  }

  @Test func tablesHaveNoTwoFlagsOfOneName() {
    for entry in CommandTree.entries {
      let flags = entry.definition.command.flags
      let names = flags.flatMap { [$0.name] + $0.aliases }
      let letters = flags.compactMap(\.short)
      #expect(Set(names).count == names.count, "\(entry.paths)")
      #expect(Set(letters).count == letters.count, "\(entry.paths)")
    }
    let paths = CommandTree.entries.flatMap(\.paths)
    #expect(Set(paths).count == paths.count)
  }

  @Test(arguments: [("1.5", 1_500_000_000), ("0.000000001", 1), ("2", 2_000_000_000), (".5", 500_000_000)])
  func cpusAreExact(text: String, expected: Int64) {
    #expect(Flag.nanoCPUs(text) == expected)
  }

  @Test func cpusOfTooManyPlacesAreRefused() {
    #expect(Flag.nanoCPUs("0.0000000001") == nil)
    #expect(Flag.nanoCPUs("1e3") == nil)
    #expect(Flag.nanoCPUs("") == nil)
  }
}
