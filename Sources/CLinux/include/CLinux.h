#pragma once

#include "archive.h"
#include "cgroups.h"
#include "constants.h"
#include "copying.h"
#include "inotify.h"
#include "fork.h"
#include "launcher.h"
#include "mounts.h"
#include "netlink.h"
#include "shim.h"
#include "syscalls.h"
