-- A bridge on the host, one veth pair per container, and one nftables table per network. What changes per container
-- is one map element per published port.
local driver = engine.driver {
  api = 1, kind = "network", name = "bridge", version = "1.0.0",
  options = {
    bridge = { type = "string", help = "name of the bridge interface; made from the network's id when absent" },
    mtu = { type = "integer", min = 68, max = 65535, help = "of the bridge and the containers' interfaces" },
    icc = { type = "boolean", default = true, help = "containers of the network reach each other" },
    masquerade = { type = "boolean", default = true, help = "containers reach other machines by the host's address" },
    host_binding = { type = "string", default = "0.0.0.0", help = "where ports are published when -p names no address" },
    source_check = { type = "boolean", default = true, help = "drop what containers send from addresses of others" },
  },
}

local function names(network)
  return network.options.bridge or "mp-" .. network.id:sub(1, 12), "ip mp_" .. network.id:sub(1, 12)
end

-- A bridge without a fixed address takes that of whichever port is lowest, and neighbours lose it when that one goes.
local function mac(address)
  local a, b, c, d = address:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  return ("02:42:%02x:%02x:%02x:%02x"):format(a, b, c, d)
end

local function ruleset(network, bridge, subnet)
  local o, q = network.options, '"' .. bridge .. '"'
  local lines = {}
  local function add(line, when) if when ~= false then lines[#lines + 1] = line end end
  add "map published { type inet_proto . inet_service : ipv4_addr . inet_service; }"
  add "map published_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }"
  add "chain raw {"
  add "  type filter hook prerouting priority raw; policy accept;"
  -- Loopback addresses are routed on the bridge and published ports on 127.0.0.1 are translated before routing, so
  -- nobody outside may use them as a destination (CVE-2020-8558); replies come to another address and pass.
  add '  iifname != "lo" ip daddr 127.0.0.0/8 drop'
  add "}"
  for _, hook in ipairs { "prerouting", "output" } do
    add("chain " .. hook .. " {")
    add("  type nat hook " .. hook .. " priority -100; policy accept;")
    add "  meta l4proto { tcp, udp, sctp } dnat ip to ip daddr . meta l4proto . th dport map @published_at"
    add "  meta l4proto { tcp, udp, sctp } fib daddr type local dnat ip to meta l4proto . th dport map @published"
    add "}"
  end
  add "chain postrouting {"
  add "  type nat hook postrouting priority srcnat; policy accept;"
  add("  ip saddr " .. subnet .. " oifname != " .. q .. " masquerade", o.masquerade and not network.internal)
  -- A container that reaches its own network through a published port, and the host through 127.0.0.1: the answer
  -- has to come back through the translation.
  add("  oifname " .. q .. " ct status dnat ip saddr " .. subnet .. " masquerade")
  add("  oifname " .. q .. " ip saddr 127.0.0.0/8 masquerade")
  add "}"
  add "chain forward {"
  add "  type filter hook forward priority filter; policy accept;"
  add("  iifname " .. q .. " ip saddr != " .. subnet .. " drop", o.source_check)
  add("  oifname " .. q .. " ct state established,related accept")
  add("  oifname " .. q .. " ct status dnat accept")
  add("  iifname " .. q .. " oifname " .. q .. " " .. (o.icc and "accept" or "drop"))
  -- What is not published is not reached: not from outside, not from other networks.
  add("  oifname " .. q .. " drop")
  add("  iifname " .. q .. " drop", network.internal)
  add "}"
  return table.concat(lines, "\n")
end

function driver.create(network)
  local o, subnet = network.options, network.subnets[1]
  if network.ipv6 then return nil, "IPv6 networks are not supported by this driver yet" end
  if not subnet then return nil, "a bridge network needs a subnet" end
  if subnet.subnet:find(":", 1, true) then return nil, "IPv6 subnets are not supported by this driver yet" end
  local bridge, table_name = names(network)
  local base, length = subnet.subnet:match("^([%d.]+)/(%d+)$")
  local mtu = o.mtu or network.facts.mtu
  local steps = { { link = bridge, kind = "bridge", mtu = mtu, mac = mac(subnet.gateway or base) } }
  if subnet.gateway then
    steps[#steps + 1] = { address = subnet.gateway .. "/" .. length, link = bridge }
  end
  steps[#steps + 1] = { sysctl = "net.ipv4.ip_forward", value = "1", keep = true }
  steps[#steps + 1] = { sysctl = "net/ipv4/conf/" .. bridge .. "/route_localnet", value = "1", keep = true }
  steps[#steps + 1] = { nft = table_name, text = ruleset(network, bridge, subnet.subnet) }
  steps[#steps + 1] = { forward = bridge }
  return { steps = steps, result = { bridge = bridge, table = table_name, mtu = mtu } }
end

function driver.attach(endpoint)
  local network = endpoint.network
  local o, here = network.options, network.result
  local address = endpoint.address:match("^[^/]+")
  local steps, ports = {}, {}
  -- Ports first: the likeliest conflict, before anything is made.
  for i, p in ipairs(endpoint.ports) do
    local host = p.host_address ~= "" and p.host_address or o.host_binding
    if host:find(":", 1, true) then return nil, "cannot publish on " .. host .. ": IPv6 is not supported by this driver yet" end
    local id = "port" .. i
    steps[#steps + 1] = { port = p.host_port, last = p.host_port_last, protocol = p.protocol, address = host, id = id }
    ports[i] = {
      container_port = p.container_port, protocol = p.protocol,
      host_address = host, host_port = engine.ref(id .. ".port"),
    }
  end
  steps[#steps + 1] = {
    link = "mp" .. endpoint.id:sub(1, 12), kind = "veth", mtu = here.mtu, master = here.bridge,
    peer = endpoint.interface, peer_site = "netns", peer_mac = endpoint.mac,
    hairpin = true, isolated = not o.icc,
  }
  steps[#steps + 1] = { address = endpoint.address, link = endpoint.interface, site = "netns" }
  if endpoint.default_route and endpoint.gateway and not network.internal then
    steps[#steps + 1] = { route = "default", via = endpoint.gateway, site = "netns" }
  end
  for _, p in ipairs(ports) do
    local everywhere = p.host_address == "0.0.0.0"
    local value = { p.protocol, p.host_port }
    if not everywhere then table.insert(value, 1, p.host_address) end
    steps[#steps + 1] = {
      nft_element = here.table .. (everywhere and " published" or " published_at"),
      value = value, data = { address, p.container_port },
    }
  end
  return { steps = steps, result = { ports = ports } }
end

return driver
