#pragma once

#include "constants.h"
#include "launcher.h"
#include "mounts.h"
#include "seqpacket.h"
#include "syscalls.h"
