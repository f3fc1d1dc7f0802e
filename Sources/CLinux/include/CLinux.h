#pragma once

#include "archive.h"
#include "cgroups.h"
#include "constants.h"
#include "launcher.h"
#include "mounts.h"
#include "netlink.h"
#include "syscalls.h"
