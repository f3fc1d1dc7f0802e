import EngineAPI
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct EventBusTests {
  private func message(
    _ action: String, type: String = "container", id: String = "abcdef", _ attributes: [String: String] = [:],
    at nanoseconds: Int64 = 1
  ) -> EventMessage {
    EventMessage(
      type: type, action: action, actor: EventActor(id: id, attributes: attributes), time: 0, timeNano: nanoseconds)
  }

  private func matches(_ filters: [String: [String]], _ message: EventMessage) -> Bool {
    EventFilter(Filters(filters)).matches(message)
  }

  @Test func filters() {
    let die = message("die", ["name": "web", "image": "busybox:latest", "tier": "front"])
    #expect(matches([:], die) && matches(["type": ["container"]], die) && !matches(["type": ["image"]], die))
    #expect(matches(["event": ["start", "die"]], die) && !matches(["event": ["start"]], die))
    #expect(matches(["container": ["web"]], die) && matches(["container": ["abc"]], die))
    #expect(!matches(["container": ["db"]], die))
    #expect(matches(["image": ["busybox"]], die) && !matches(["image": ["busy"]], die))
    #expect(matches(["label": ["tier=front"]], die) && !matches(["label": ["tier=back"]], die))
    #expect(matches(["event": ["exec_create"]], message("exec_create: sh -c true")))
    #expect(matches(["container": ["abc"]], message("connect", type: "network", id: "n", ["container": "abcdef"])))
  }

  @Test func thePastIsRemembered() async {
    let bus = EventBus()
    bus.preload([message("create", at: 1_000)])
    bus.publish(message("start", at: 2_000))
    bus.publish(message("die", at: 3_000))
    let stream = bus.subscribe(
      since: Timestamp(nanosecondsSince1970: 1_500), until: Timestamp(nanosecondsSince1970: 2_500),
      filters: Filters())
    var seen: [String] = []
    for await message in stream { seen.append(message.action) }
    #expect(seen == ["start"])
    #expect(bus.subscriberCount == 0)
  }

  @Test func listenersHearAndLeave() async {
    let bus = EventBus()
    let all = bus.subscribe(since: nil, until: nil, filters: Filters())
    var some: EventStream? = bus.subscribe(since: nil, until: nil, filters: Filters(["event": ["die"]]))
    bus.publish(message("start"))
    bus.publish(message("die"))
    var iterator = all.makeAsyncIterator()
    #expect(await iterator.next()?.action == "start")
    var other = some?.makeAsyncIterator()
    #expect(await other?.next()?.action == "die")
    other = nil
    some = nil
    #expect(bus.subscriberCount == 1)
  }
}
