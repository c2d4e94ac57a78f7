/**
 * Which member of docker's inspect JSON becomes which key (`docker.md` 14.5). A row is a path, with `/` between its parts, and the key without its prefix;
 * `*` behind the key: the names in the value are the user's and keep their spelling; `#`: a digest, of which the key holds the plain hex digits. A later row
 * for the same key counts if the earlier found nothing.
 */

export interface Row {
  readonly path: readonly string[];
  readonly key: string;
  readonly usersNames: boolean;
  readonly digest: boolean;
}

function rows(prefix: string, text: string): readonly Row[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [path, key] = line.trim().split(/\s+/) as [string, string];
      return {
        path: path.toLowerCase().split("/"),
        key: prefix + key.replace(/[*#]$/, ""),
        usersNames: key.endsWith("*"),
        digest: key.endsWith("#"),
      };
    });
}

export const imageRows = rows(
  "_IMAGE_",
  `Comment COMMENT
  Created CREATION_DATETIME
  DockerVersion DOCKER_VERSION
  Author AUTHOR
  Architecture ARCHITECTURE
  Variant VARIANT
  Os OS
  OsVersion OS_VERSION
  os.version OS_VERSION
  Size SIZE
  CompressedSize COMPRESSED_SIZE
  RootFS/Type ROOT_FS_TYPE
  RootFS/Layers ROOT_FS_LAYERS
  Config/Shell SHELL
  Config/Entrypoint ENTRYPOINT
  Config/Cmd CMD
  Config/Hostname HOSTNAME
  Config/Domainname DOMAINNAME
  Config/User USER
  Config/ExposedPorts EXPOSED_PORTS*
  Config/Env ENV
  Config/Image NAME
  Config/Healthcheck/Test HEALTHCHECK_TEST
  Config/Healthcheck/Interval HEALTHCHECK_INTERVAL
  Config/Healthcheck/Timeout HEALTHCHECK_TIMEOUT
  Config/Healthcheck/StartPeriod HEALTHCHECK_START_PERIOD
  Config/Healthcheck/StartInterval HEALTHCHECK_START_INTERVAL
  Config/Healthcheck/Retries HEALTHCHECK_RETRIES
  Config/Volumes MOUNTS*
  Config/WorkingDir WORKINGDIR
  Config/NetworkDisabled NETWORK_DISABLED
  Config/MacAddress MAC_ADDR
  Config/OnBuild ONBUILD
  Config/Labels LABELS*
  Config/Annotations ANNOTATIONS*
  Config/StopSignal STOP_SIGNAL
  Config/StopTimeout STOP_TIMEOUT
  Config/Digest CONFIG_DIGEST#
  Descriptor/annotations/config.digest CONFIG_DIGEST#`,
);

export const containerRows = rows(
  "_INSTANCE_",
  `Id CONTAINER_ID
  Name NAME
  Created CREATION_DATETIME
  Path ENTRYPOINT_PATH
  Args ENTRYPOINT_ARGS
  Image IMAGE_ID
  State/Status STATUS
  State/Pid PID
  ResolvConfPath RESOLVE_CONF_PATH
  HostnamePath HOSTNAME_PATH
  HostsPath HOSTS_PATH
  LogPath LOG_PATH
  RestartCount RESTART_COUNT
  Driver DRIVER
  Platform PLATFORM
  MountLabel MOUNT_LABEL
  ProcessLabel PROCESS_LABEL
  AppArmorProfile APP_ARMOR_PROFILE
  ExecIDs EXEC_IDS
  HostConfig/Binds BINDS
  HostConfig/ContainerIDFile CONTAINER_ID_FILE
  HostConfig/LogConfig/Config LOG_CONFIG*
  HostConfig/NetworkMode NETWORK_MODE
  NetworkSettings/Ports BOUND_PORTS*
  HostConfig/PortBindings BOUND_PORTS*
  HostConfig/RestartPolicy/Name RESTART_POLICY_NAME
  HostConfig/RestartPolicy/MaximumRetryCount RESTART_RETRY_COUNT
  HostConfig/AutoRemove AUTOREMOVE
  HostConfig/VolumeDriver VOLUME_DRIVER
  HostConfig/VolumesFrom VOLUMES_FROM
  HostConfig/ConsoleSize CONSOLE_SIZE
  HostConfig/CapAdd ADDED_CAPS
  HostConfig/CapDrop DROPPED_CAPS
  HostConfig/CgroupnsMode CGROUP_NS_MODE
  HostConfig/Dns DNS
  HostConfig/DnsOptions DNS_OPTIONS
  HostConfig/DnsSearch DNS_SEARCH
  HostConfig/ExtraHosts EXTRA_HOSTS
  HostConfig/GroupAdd GROUP_ADD
  HostConfig/IpcMode IPC_MODE
  HostConfig/Cgroup CGROUP
  HostConfig/Links LINKS
  HostConfig/OomScoreAdj OOM_SCORE_ADJ
  HostConfig/PidMode PID_MODE
  HostConfig/Privileged IS_PRIVILEGED
  HostConfig/PublishAllPorts PUBLISH_ALL_PORTS
  HostConfig/ReadonlyRootfs READONLY_ROOT_FS
  HostConfig/SecurityOpt SECURITY_OPT
  HostConfig/UTSMode UTS_MODE
  HostConfig/UsernsMode USER_NS_MODE
  HostConfig/ShmSize SHM_SIZE
  HostConfig/Runtime RUNTIME
  HostConfig/Isolation ISOLATION
  HostConfig/CpuShares CPU_SHARES
  HostConfig/Memory MEMORY
  HostConfig/NanoCpus NANO_CPUS
  HostConfig/CgroupParent CGROUP_PARENT
  HostConfig/BlkioWeight BLOCKIO_WEIGHT
  HostConfig/BlkioWeightDevice BLOCKIO_WEIGHT_DEVICE
  HostConfig/BlkioDeviceReadBps BLOCKIO_DEVICE_READ_BPS
  HostConfig/BlkioDeviceWriteBps BLOCKIO_DEVICE_WRITE_BPS
  HostConfig/BlkioDeviceReadIOps BLOCKIO_DEVICE_READ_IOPS
  HostConfig/BlkioDeviceWriteIOps BLOCKIO_DEVICE_WRITE_IOPS
  HostConfig/CpuPeriod CPU_PERIOD
  HostConfig/CpuQuota CPU_QUOTA
  HostConfig/CpuRealtimePeriod CPU_REALTIME_PERIOD
  HostConfig/CpuRealtimeRuntime CPU_REALTIME_RUNTIME
  HostConfig/CpusetCpus CPUSET_CPUS
  HostConfig/CpusetMems CPUSET_MEMS
  HostConfig/Devices DEVICES
  HostConfig/DeviceCgroupRules CGROUP_RULES
  HostConfig/DeviceRequests DEVICE_REQUESTS
  HostConfig/MemoryReservation MEMORY_RESERVATION
  HostConfig/MemorySwap MEMORY_SWAP
  HostConfig/MemorySwappiness MEMORY_SWAPPINESS
  HostConfig/OomKillDisable OOM_KILL_DISABLE
  HostConfig/PidsLimit PIDS_LIMIT
  HostConfig/Ulimits ULIMITS
  HostConfig/CpuCount CPU_COUNT
  HostConfig/CpuPercent CPU_PERCENT
  HostConfig/IOMaximumIOps IO_MAX_IOPS
  HostConfig/IOMaximumBandwidth IO_MAX_BPS
  HostConfig/MaskedPaths MASKED_PATHS
  HostConfig/ReadonlyPaths READONLY_PATHS
  GraphDriver STORAGE_METADATA
  Mounts MOUNTS
  Config/Hostname HOSTNAME
  Config/Domainname DOMAINNAME
  Config/User USER
  Config/AttachStdin ATTACH_STDIN
  Config/AttachStdout ATTACH_STDOUT
  Config/AttachStderr ATTACH_STDERR
  Config/ExposedPorts EXPOSED_PORTS*
  Config/Tty HAS_TTY
  Config/OpenStdin OPEN_STDIN
  Config/StdinOnce STDIN_ONCE
  Config/Env ENV
  Config/Cmd CMD
  Config/Image CONFIG_IMAGE
  Config/Volumes VOLUMES*
  Config/WorkingDir WORKING_DIR
  Config/Entrypoint ENTRYPOINT
  Config/OnBuild ONBUILD
  Config/Labels LABELS*
  NetworkSettings/Bridge BRIDGE
  NetworkSettings/SandboxID SANDBOXID
  NetworkSettings/HairpinMode HAIRPINMODE
  NetworkSettings/LinkLocalIPv6Address LOCAL_IPV6
  NetworkSettings/LinkLocalIPv6PrefixLen LOCAL_IPV6_PREFIX_LEN
  NetworkSettings/SandboxKey SANDBOX_KEY
  NetworkSettings/SecondaryIPAddresses SECONDARY_IPS
  NetworkSettings/SecondaryIPv6Addresses SECONDARY_IPV6_ADDRS
  NetworkSettings/EndpointID ENDPOINTID
  NetworkSettings/Gateway GATEWAY
  NetworkSettings/GlobalIPv6Address GLOBAL_IPV6_ADDRESS
  NetworkSettings/GlobalIPv6PrefixLen GLOBAL_IPV6_PREFIX_LEN
  NetworkSettings/IPAddress IP
  NetworkSettings/IPPrefixLen IP_PREFIX_LEN
  NetworkSettings/IPv6Gateway IPV6_GATEWAY
  NetworkSettings/MacAddress MAC
  NetworkSettings/Networks NETWORKS*`,
);
