---@meta
-- Generated from the event table; do not edit.

---@class Actor
---@field gid integer|nil
---@field group string|nil
---@field groups integer[]
---@field loginuid integer|nil
---@field pid integer|nil
---@field tls string|nil
---@field uid integer|nil
---@field user string|nil
---@field via string|nil

---@class Config
---@field Hostname string|nil
---@field Domainname string|nil
---@field User string|nil
---@field AttachStdin boolean|nil
---@field AttachStdout boolean|nil
---@field AttachStderr boolean|nil
---@field ExposedPorts table<string, any>
---@field Tty boolean|nil
---@field OpenStdin boolean|nil
---@field StdinOnce boolean|nil
---@field Env string[]
---@field Cmd string[]
---@field Healthcheck Healthcheck|nil
---@field ArgsEscaped boolean|nil
---@field Image string|nil
---@field Volumes table<string, any>
---@field WorkingDir string|nil
---@field Entrypoint string[]
---@field NetworkDisabled boolean|nil
---@field MacAddress string|nil
---@field OnBuild string[]
---@field Labels table<string, string>
---@field StopSignal string|nil
---@field StopTimeout integer|nil
---@field Shell string[]

---@class Container
---@field Id string|nil
---@field Created string|nil
---@field Path string|nil
---@field Args string[]
---@field State State|nil
---@field Image string|nil
---@field Name string|nil
---@field RestartCount integer|nil
---@field Driver string|nil
---@field Platform string|nil
---@field MountLabel string|nil
---@field ProcessLabel string|nil
---@field AppArmorProfile string|nil
---@field ExecIDs string[]
---@field HostConfig HostConfig
---@field Mounts any[]
---@field Config Config
---@field NetworkSettings NetworkSettings
---@field LogPath string|nil
---@field ResolvConfPath string|nil
---@field HostnamePath string|nil
---@field HostsPath string|nil

---@class Device
---@field PathOnHost string|nil
---@field PathInContainer string|nil
---@field CgroupPermissions string|nil

---@class DeviceRequest
---@field Driver string|nil
---@field Count integer|nil
---@field DeviceIDs string[]
---@field Capabilities any[]
---@field Options table<string, string>

---@class Endpoint
---@field IPAMConfig any
---@field Links string[]
---@field MacAddress string|nil
---@field Aliases string[]
---@field DriverOpts table<string, string>
---@field GwPriority integer|nil
---@field NetworkID string|nil
---@field EndpointID string|nil
---@field Gateway string|nil
---@field IPAddress string|nil
---@field IPPrefixLen integer|nil
---@field IPv6Gateway string|nil
---@field GlobalIPv6Address string|nil
---@field GlobalIPv6PrefixLen integer|nil
---@field DNSNames string[]

---@class Exec
---@field Id string|nil
---@field Cmd string[]
---@field User string|nil
---@field Env string[]
---@field Tty boolean|nil
---@field Privileged boolean|nil
---@field WorkingDir string|nil

---@class Exit
---@field code integer|nil
---@field signal integer|nil
---@field oom boolean|nil
---@field requested boolean|nil
---@field started number|nil
---@field finished number|nil
---@field error string|nil

---@class Health
---@field status string|nil
---@field streak integer|nil
---@field output string|nil

---@class Healthcheck
---@field Test string[]
---@field Interval integer|nil
---@field Timeout integer|nil
---@field Retries integer|nil
---@field StartPeriod integer|nil
---@field StartInterval integer|nil

---@class HostConfig
---@field Binds string[]
---@field ContainerIDFile string|nil
---@field LogConfig LogConfig
---@field NetworkMode string|nil
---@field PortBindings table<string, any>
---@field RestartPolicy RestartPolicy
---@field AutoRemove boolean|nil
---@field VolumeDriver string|nil
---@field VolumesFrom string[]
---@field Mounts Mount[]
---@field ConsoleSize integer[]
---@field Annotations table<string, string>
---@field CapAdd string[]
---@field CapDrop string[]
---@field CgroupnsMode string|nil
---@field Dns string[]
---@field DnsOptions string[]
---@field DnsSearch string[]
---@field ExtraHosts string[]
---@field GroupAdd string[]
---@field IpcMode string|nil
---@field Cgroup string|nil
---@field Links string[]
---@field OomScoreAdj integer|nil
---@field PidMode string|nil
---@field Privileged boolean|nil
---@field PublishAllPorts boolean|nil
---@field ReadonlyRootfs boolean|nil
---@field SecurityOpt string[]
---@field StorageOpt table<string, string>
---@field Tmpfs table<string, string>
---@field UTSMode string|nil
---@field UsernsMode string|nil
---@field ShmSize integer|nil
---@field Sysctls table<string, string>
---@field Runtime string|nil
---@field Isolation string|nil
---@field CpuShares integer|nil
---@field Memory integer|nil
---@field NanoCpus integer|nil
---@field CgroupParent string|nil
---@field BlkioWeight integer|nil
---@field BlkioWeightDevice any[]
---@field BlkioDeviceReadBps any[]
---@field BlkioDeviceWriteBps any[]
---@field BlkioDeviceReadIOps any[]
---@field BlkioDeviceWriteIOps any[]
---@field CpuPeriod integer|nil
---@field CpuQuota integer|nil
---@field CpuRealtimePeriod integer|nil
---@field CpuRealtimeRuntime integer|nil
---@field CpuCount integer|nil
---@field CpuPercent integer|nil
---@field CpusetCpus string|nil
---@field CpusetMems string|nil
---@field Devices Device[]
---@field DeviceCgroupRules string[]
---@field DeviceRequests DeviceRequest[]
---@field KernelMemory integer|nil
---@field KernelMemoryTCP integer|nil
---@field MemoryReservation integer|nil
---@field MemorySwap integer|nil
---@field MemorySwappiness integer|nil
---@field OomKillDisable boolean|nil
---@field IOMaximumBandwidth integer|nil
---@field IOMaximumIOps integer|nil
---@field Init boolean|nil
---@field PidsLimit integer|nil
---@field Ulimits Ulimit[]
---@field MaskedPaths string[]
---@field ReadonlyPaths string[]

---@class Image
---@field Id string|nil
---@field reference string|nil
---@field registry string|nil
---@field repository string|nil
---@field tag string|nil
---@field digest string|nil
---@field origin string|nil
---@field pulled_from string|nil
---@field Config Config
---@field Size integer|nil
---@field Labels table<string, string>
---@field last_used number|nil

---@class LogConfig
---@field Type string|nil
---@field Config table<string, string>

---@class LogLine
---@field text string|nil
---@field stream string|nil
---@field time string|nil
---@field partial boolean|nil
---@field attributes table<string, string>
---@field drop boolean|nil

---@class Mount
---@field Type string|nil
---@field Source string|nil
---@field Target string|nil
---@field ReadOnly boolean|nil
---@field Consistency string|nil
---@field BindOptions any
---@field VolumeOptions any
---@field TmpfsOptions any
---@field ImageOptions any
---@field ClusterOptions any

---@class NetworkSettings
---@field Networks table<string, Endpoint>
---@field Ports table<string, any>
---@field SandboxID string|nil
---@field SandboxKey string|nil

---@class PortBinding
---@field HostIp string|nil
---@field HostPort string|nil

---@class PullResult
---@field Id string|nil
---@field digest string|nil
---@field bytes integer|nil
---@field seconds number|nil

---@class Restart
---@field attempt integer|nil
---@field reason string|nil

---@class RestartPolicy
---@field Name string|nil
---@field MaximumRetryCount integer|nil

---@class State
---@field Status string|nil
---@field Running boolean|nil
---@field Paused boolean|nil
---@field Restarting boolean|nil
---@field OOMKilled boolean|nil
---@field Dead boolean|nil
---@field Pid integer|nil
---@field ExitCode integer|nil
---@field Error string|nil
---@field StartedAt string|nil
---@field FinishedAt string|nil

---@class Stop
---@field Signal string|nil
---@field Timeout integer|nil
---@field reason string|nil

---@class Ulimit
---@field Name string|nil
---@field Soft integer|nil
---@field Hard integer|nil

---An image is fetched from a registry.
---@class PullEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field from string where to fetch; the name stays
---@field platform string|nil os/arch[/variant]
---@field result PullResult Id, digest, bytes, seconds

---An image appears, however it came (pull, load, import, build, commit); a deny leaves no reference.
---@class AdmitEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved

---A container is created.
---@class CreateEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field image Image the image, resolved
---@field owner Actor|nil who created the container

---A container is started, by request, by its restart policy or at boot.
---@class StartEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field image Image the image, resolved
---@field owner Actor|nil who created the container
---@field restart Restart|nil attempt and reason, when a policy restarts it

---A container is stopped or killed; this cannot be denied.
---@class StopEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field stop Stop Signal, Timeout, reason

---A container's process has ended.
---@class ExitEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field exit Exit code, signal, oom, requested, started, finished, error
---@field restart boolean|RestartAfter|nil nil: as declared; false: no; { after = seconds }

---A program is started in a running container.
---@class ExecEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field exec Exec Id, Cmd, User, Env, Tty, Privileged, WorkingDir
---@field created_by Actor|nil who created the exec

---A container's limits change; `container` as it would become.
---@class UpdateEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---A container gets another name.
---@class RenameEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---A container is paused.
---@class PauseEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---A container goes on.
---@class UnpauseEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---A container is removed.
---@class RemoveEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---Somebody attaches to a container's streams.
---@class AttachEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---Files are copied into or out of a container.
---@class CopyEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---A container's file system is exported.
---@class ExportEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---An image is made from a container.
---@class CommitEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field request table the request as the API has it

---Images are loaded from a tar.
---@class LoadEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---An image is made from a tar of a file system.
---@class ImportEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---An image is built.
---@class BuildEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---An image is pushed to a registry.
---@class PushEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---An image gets a further name.
---@class TagEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---An image or a name of one is removed.
---@class ImageRemoveEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---A plugin is installed.
---@class PluginInstallEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---A plugin is enabled.
---@class PluginEnableEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---A plugin is disabled.
---@class PluginDisableEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---A plugin's settings change.
---@class PluginSetEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---A plugin is removed.
---@class PluginRemoveEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field image Image the image, resolved
---@field request table the request as the API has it

---A network is created.
---@class NetworkCreateEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field network Network in the shape of `docker network inspect`
---@field container Container in the shape of `docker inspect`

---A container joins a network.
---@class NetworkConnectEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field network Network in the shape of `docker network inspect`
---@field container Container in the shape of `docker inspect`

---A container leaves a network.
---@class NetworkDisconnectEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field network Network in the shape of `docker network inspect`
---@field container Container in the shape of `docker inspect`

---A network is removed.
---@class NetworkRemoveEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field network Network in the shape of `docker network inspect`
---@field container Container in the shape of `docker inspect`

---A volume is created.
---@class VolumeCreateEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field volume Volume in the shape of `docker volume inspect`
---@field container Container in the shape of `docker inspect`

---A volume is mounted into a container.
---@class VolumeMountEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field volume Volume in the shape of `docker volume inspect`
---@field container Container in the shape of `docker inspect`

---A volume is removed.
---@class VolumeRemoveEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field volume Volume in the shape of `docker volume inspect`
---@field container Container in the shape of `docker inspect`

---Lines of a container's log, before they are delivered.
---@class LogEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field lines LogLine[] text, stream, time, partial, attributes, drop

---A health check's result changed.
---@class HealthEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field container Container in the shape of `docker inspect`
---@field owner Actor|nil who created the container
---@field health Health status, streak, output

---Hooks decided about an operation; denied ones too.
---@class DecisionEvent
---@field id string the same when an event is delivered again
---@field name string the event's name
---@field time number seconds since 1970; the only clock of a mutate or gate
---@field decision string|nil the decision about the operation
---@field dry boolean nothing will happen: a policy is being tried
---@field actor Actor who asks
---@field operation string the event that was decided
---@field verdict string allow or deny
---@field rules table[] what each rule said
---@field container Container in the shape of `docker inspect`
---@field image Image the image, resolved
---@field request table the request as the API has it

---@class Hook
---@field mutate fun(self: Hook, event: "pull", options: RuleOptions, run: fun(event: PullEvent, config: table))
---@field mutate fun(self: Hook, event: "create", options: RuleOptions, run: fun(event: CreateEvent, config: table))
---@field mutate fun(self: Hook, event: "start", options: RuleOptions, run: fun(event: StartEvent, config: table))
---@field mutate fun(self: Hook, event: "stop", options: RuleOptions, run: fun(event: StopEvent, config: table))
---@field mutate fun(self: Hook, event: "exit", options: RuleOptions, run: fun(event: ExitEvent, config: table))
---@field mutate fun(self: Hook, event: "exec", options: RuleOptions, run: fun(event: ExecEvent, config: table))
---@field mutate fun(self: Hook, event: "update", options: RuleOptions, run: fun(event: UpdateEvent, config: table))
---@field mutate fun(self: Hook, event: "network.create", options: RuleOptions, run: fun(event: NetworkCreateEvent, config: table))
---@field mutate fun(self: Hook, event: "network.connect", options: RuleOptions, run: fun(event: NetworkConnectEvent, config: table))
---@field mutate fun(self: Hook, event: "network.disconnect", options: RuleOptions, run: fun(event: NetworkDisconnectEvent, config: table))
---@field mutate fun(self: Hook, event: "network.remove", options: RuleOptions, run: fun(event: NetworkRemoveEvent, config: table))
---@field mutate fun(self: Hook, event: "volume.create", options: RuleOptions, run: fun(event: VolumeCreateEvent, config: table))
---@field mutate fun(self: Hook, event: "volume.mount", options: RuleOptions, run: fun(event: VolumeMountEvent, config: table))
---@field mutate fun(self: Hook, event: "volume.remove", options: RuleOptions, run: fun(event: VolumeRemoveEvent, config: table))
---@field mutate fun(self: Hook, event: "log", options: RuleOptions, run: fun(event: LogEvent, config: table))
---@field gate fun(self: Hook, event: "pull", options: RuleOptions, run: fun(event: PullEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "admit", options: RuleOptions, run: fun(event: AdmitEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "create", options: RuleOptions, run: fun(event: CreateEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "start", options: RuleOptions, run: fun(event: StartEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "exec", options: RuleOptions, run: fun(event: ExecEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "update", options: RuleOptions, run: fun(event: UpdateEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "rename", options: RuleOptions, run: fun(event: RenameEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "pause", options: RuleOptions, run: fun(event: PauseEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "unpause", options: RuleOptions, run: fun(event: UnpauseEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "remove", options: RuleOptions, run: fun(event: RemoveEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "attach", options: RuleOptions, run: fun(event: AttachEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "copy", options: RuleOptions, run: fun(event: CopyEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "export", options: RuleOptions, run: fun(event: ExportEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "commit", options: RuleOptions, run: fun(event: CommitEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "load", options: RuleOptions, run: fun(event: LoadEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "import", options: RuleOptions, run: fun(event: ImportEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "build", options: RuleOptions, run: fun(event: BuildEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "push", options: RuleOptions, run: fun(event: PushEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "tag", options: RuleOptions, run: fun(event: TagEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "image.remove", options: RuleOptions, run: fun(event: ImageRemoveEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "plugin.install", options: RuleOptions, run: fun(event: PluginInstallEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "plugin.enable", options: RuleOptions, run: fun(event: PluginEnableEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "plugin.disable", options: RuleOptions, run: fun(event: PluginDisableEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "plugin.set", options: RuleOptions, run: fun(event: PluginSetEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "plugin.remove", options: RuleOptions, run: fun(event: PluginRemoveEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "network.create", options: RuleOptions, run: fun(event: NetworkCreateEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "network.connect", options: RuleOptions, run: fun(event: NetworkConnectEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "network.disconnect", options: RuleOptions, run: fun(event: NetworkDisconnectEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "network.remove", options: RuleOptions, run: fun(event: NetworkRemoveEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "volume.create", options: RuleOptions, run: fun(event: VolumeCreateEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "volume.mount", options: RuleOptions, run: fun(event: VolumeMountEvent, config: table): Result|nil)
---@field gate fun(self: Hook, event: "volume.remove", options: RuleOptions, run: fun(event: VolumeRemoveEvent, config: table): Result|nil)
---@field observe fun(self: Hook, event: "pull", options: RuleOptions, run: fun(event: PullEvent, config: table))
---@field observe fun(self: Hook, event: "create", options: RuleOptions, run: fun(event: CreateEvent, config: table))
---@field observe fun(self: Hook, event: "start", options: RuleOptions, run: fun(event: StartEvent, config: table))
---@field observe fun(self: Hook, event: "stop", options: RuleOptions, run: fun(event: StopEvent, config: table))
---@field observe fun(self: Hook, event: "exit", options: RuleOptions, run: fun(event: ExitEvent, config: table))
---@field observe fun(self: Hook, event: "exec", options: RuleOptions, run: fun(event: ExecEvent, config: table))
---@field observe fun(self: Hook, event: "update", options: RuleOptions, run: fun(event: UpdateEvent, config: table))
---@field observe fun(self: Hook, event: "rename", options: RuleOptions, run: fun(event: RenameEvent, config: table))
---@field observe fun(self: Hook, event: "pause", options: RuleOptions, run: fun(event: PauseEvent, config: table))
---@field observe fun(self: Hook, event: "unpause", options: RuleOptions, run: fun(event: UnpauseEvent, config: table))
---@field observe fun(self: Hook, event: "remove", options: RuleOptions, run: fun(event: RemoveEvent, config: table))
---@field observe fun(self: Hook, event: "attach", options: RuleOptions, run: fun(event: AttachEvent, config: table))
---@field observe fun(self: Hook, event: "copy", options: RuleOptions, run: fun(event: CopyEvent, config: table))
---@field observe fun(self: Hook, event: "export", options: RuleOptions, run: fun(event: ExportEvent, config: table))
---@field observe fun(self: Hook, event: "commit", options: RuleOptions, run: fun(event: CommitEvent, config: table))
---@field observe fun(self: Hook, event: "load", options: RuleOptions, run: fun(event: LoadEvent, config: table))
---@field observe fun(self: Hook, event: "import", options: RuleOptions, run: fun(event: ImportEvent, config: table))
---@field observe fun(self: Hook, event: "build", options: RuleOptions, run: fun(event: BuildEvent, config: table))
---@field observe fun(self: Hook, event: "push", options: RuleOptions, run: fun(event: PushEvent, config: table))
---@field observe fun(self: Hook, event: "tag", options: RuleOptions, run: fun(event: TagEvent, config: table))
---@field observe fun(self: Hook, event: "image.remove", options: RuleOptions, run: fun(event: ImageRemoveEvent, config: table))
---@field observe fun(self: Hook, event: "plugin.install", options: RuleOptions, run: fun(event: PluginInstallEvent, config: table))
---@field observe fun(self: Hook, event: "plugin.enable", options: RuleOptions, run: fun(event: PluginEnableEvent, config: table))
---@field observe fun(self: Hook, event: "plugin.disable", options: RuleOptions, run: fun(event: PluginDisableEvent, config: table))
---@field observe fun(self: Hook, event: "plugin.set", options: RuleOptions, run: fun(event: PluginSetEvent, config: table))
---@field observe fun(self: Hook, event: "plugin.remove", options: RuleOptions, run: fun(event: PluginRemoveEvent, config: table))
---@field observe fun(self: Hook, event: "network.create", options: RuleOptions, run: fun(event: NetworkCreateEvent, config: table))
---@field observe fun(self: Hook, event: "network.connect", options: RuleOptions, run: fun(event: NetworkConnectEvent, config: table))
---@field observe fun(self: Hook, event: "network.disconnect", options: RuleOptions, run: fun(event: NetworkDisconnectEvent, config: table))
---@field observe fun(self: Hook, event: "network.remove", options: RuleOptions, run: fun(event: NetworkRemoveEvent, config: table))
---@field observe fun(self: Hook, event: "volume.create", options: RuleOptions, run: fun(event: VolumeCreateEvent, config: table))
---@field observe fun(self: Hook, event: "volume.mount", options: RuleOptions, run: fun(event: VolumeMountEvent, config: table))
---@field observe fun(self: Hook, event: "volume.remove", options: RuleOptions, run: fun(event: VolumeRemoveEvent, config: table))
---@field observe fun(self: Hook, event: "health", options: RuleOptions, run: fun(event: HealthEvent, config: table))
---@field observe fun(self: Hook, event: "decision", options: RuleOptions, run: fun(event: DecisionEvent, config: table))

---@class RuleOptions
---@field id string|nil unique in the hook
---@field before string|string[]|nil hooks, or hook/rule
---@field after string|string[]|nil hooks, or hook/rule; lets a mutate change what they set

---@class OpinionOptions
---@field code string|nil for programs: "PRIVILEGED"
---@field field string|nil "HostConfig.CapAdd"
---@field help string|nil what the caller can do about it

---@class Result
---@field deny fun(self: Result, message: string, options?: OpinionOptions): Result
---@field warn fun(self: Result, message: string, options?: OpinionOptions): Result

---@class Problem
---@field code "not_found"|"conflict"|"denied"|"timeout"|"unreachable"|"full"|"invalid"
---@field message string

---@class engine
engine = {}

---@param options { api: 1, name: string, version?: string, config?: table<string, any>, description?: string }
---@return Hook
function engine.hook(options) end

---@param options { api: 1, kind: "network"|"ipam"|"volume"|"storage"|"log", name: string, version?: string, options?: table<string, any>, description?: string }
---@return table
function engine.driver(options) end

---@return Result
function engine.result() end
---@param message string
---@param options? OpinionOptions
---@return Result
function engine.deny(message, options) end
---@param message string
---@param options? OpinionOptions
---@return Result
function engine.warn(message, options) end
---Ends a delivery that the observer does not want.
---@param why string
function engine.drop(why) end
---What an earlier step of a plan will have chosen.
---@param text string "id.field"
function engine.ref(text) end

engine.log = {}
---@param message string
---@param fields? table<string, any>
function engine.log.debug(message, fields) end
---@param message string
---@param fields? table<string, any>
function engine.log.info(message, fields) end
---@param message string
---@param fields? table<string, any>
function engine.log.warn(message, fields) end
---@param message string
---@param fields? table<string, any>
function engine.log.error(message, fields) end

---The hook's own data.
engine.store = {}
---@param key string
---@return any value, Problem|nil problem
function engine.store.get(key) end
---@param key string
---@param value any
---@param options? { ttl: number|string }
---@return true|nil, Problem|nil
function engine.store.set(key, value, options) end
---@param key string
---@param change fun(old: any): any called again when another was faster
---@return any value, Problem|nil problem
function engine.store.update(key, change) end
---@param key string
---@return true|nil, Problem|nil
function engine.store.delete(key) end

engine.time = {}
---Seconds since 1970; in a mutate or gate use event.time.
---@return number
function engine.time.now() end
---@param text string RFC 3339
---@return number|nil, Problem|nil
function engine.time.parse(text) end
---@param seconds number
---@param pattern? string of %Y %m %d %H %M %S %j %a %b %s %%
---@return string
function engine.time.format(seconds, pattern) end

engine.json = {}
---Stands for null in lists.
engine.json.null = nil
---Marks a table as a list, so that an empty one is written as [].
---@generic T
---@param list T
---@return T
function engine.json.array(list) end
---@param value any
---@param options? { pretty: boolean }
---@return string
function engine.json.encode(value, options) end
---@param text string
---@return any value, Problem|nil problem
function engine.json.decode(text) end

---@type { name: string, kernel: string, architecture: string, cpus: integer, memory: integer, version: string }
engine.host = {}

engine.std = { glob = {}, cidr = {}, semver = {}, reference = {}, duration = {}, bytes = {}, base64 = {} }
---`*` any run without /, `**` any run, `?` one character, `[a-z]` a class.
---@param pattern string
---@param text string
---@return boolean
function engine.std.glob.match(pattern, text) end
---@param patterns string[]
---@param text string
---@return boolean
function engine.std.glob.any(patterns, text) end
---@param text string
---@return { address: string, prefix: integer, version: 4|6, network: string, broadcast: string }|nil, Problem|nil
function engine.std.cidr.parse(text) end
---@param outer string
---@param inner string an address or a network
---@return boolean
function engine.std.cidr.contains(outer, inner) end
---@param a string
---@param b string
---@return boolean
function engine.std.cidr.overlaps(a, b) end
---@param network string
---@param index integer 0 is the network's own address
---@return string|nil, Problem|nil
function engine.std.cidr.nth(network, index) end
---The first address that a host may have and nobody has.
---@param network string
---@param taken string[]
---@param range? string
---@return string|nil, Problem|nil
function engine.std.cidr.free(network, taken, range) end
---@param text string
---@return { major: integer, minor: integer, patch: integer, prerelease: string|nil }|nil, Problem|nil
function engine.std.semver.parse(text) end
---@param a string
---@param b string
---@return integer -1, 0 or 1
function engine.std.semver.compare(a, b) end
---@param version string
---@param range string ">=1.2 <2 || ^3"
---@return boolean
function engine.std.semver.satisfies(version, range) end
---@param text string
---@return { registry: string, repository: string, name: string, tag: string|nil, digest: string|nil, full: string }|nil, Problem|nil
function engine.std.reference.parse(text) end
---@param text string "1h30m"
---@return number|nil seconds, Problem|nil problem
function engine.std.duration.parse(text) end
---@param seconds number
---@return string
function engine.std.duration.format(seconds) end
---@param text string "64MiB"
---@return integer|nil bytes, Problem|nil problem
function engine.std.bytes.parse(text) end
---@param bytes number
---@return string
function engine.std.bytes.format(bytes) end
---@param text string
---@return string
function engine.std.base64.encode(text) end
---@param text string
---@return string|nil, Problem|nil
function engine.std.base64.decode(text) end
---@param text string
---@return string hexadecimal
function engine.std.sha256(text) end
---Replaces what looks secret by ***.
---@generic T
---@param value T
---@return T
function engine.std.redact(value) end

---In *_test.lua only.
---@param name string
---@param run fun(t: Test)
function engine.test(name, run) end

engine.check = {}
---@param got any
---@param wanted any
---@param note? string
function engine.check.equal(got, wanted, note) end
---@param got any
---@param other any
---@param note? string
function engine.check.different(got, other, note) end
---@param got any
---@param note? string
function engine.check.truthy(got, note) end
---@param got any
---@param note? string
function engine.check.falsy(got, note) end
---@param got string
---@param pattern string
---@param note? string
function engine.check.matches(got, pattern, note) end
---@param list any[]|string
---@param wanted any
---@param note? string
function engine.check.contains(list, wanted, note) end
---@param run fun()
---@param text? string
---@param note? string
function engine.check.raises(run, text, note) end

---@class TestDecision
---@field verdict "allow"|"deny"
---@field text string what a client is told
---@field rules table[] hook, rule, verdict, message, code, field, help
---@field changes table[] field, from, to, hook, rule
---@field errors table[] hook, rule, message
---@field observed table[] rule, outcome, message
---@field log table[] level, message, fields, rule
---@field event table the event after all mutates

---@class Test
---@field event fun(name: string, fields?: table): table a valid event, deep-merged with the fields
---@field docker fun(line: string): table the create event of a command line: "run -v /srv/a:/a alpine"
---@field container fun(fields?: table): table
---@field image fun(fields?: table): table
---@field send fun(event: table): TestDecision
---@field plan fun(name: string, request: table, more?: table): any, Problem|nil
---@field config fun(settings: table)
---@field clock fun(time: string|number)
---@field advance fun(duration: string|number)
---@field restart fun()
---@field store fun(key: string): any
