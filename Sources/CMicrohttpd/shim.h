#pragma once
#include <microhttpd.h>

/* MHD_start_daemon takes variable arguments, which Swift cannot pass.
   Poll, not select: descriptors may exceed 1023. */
static inline struct MHD_Daemon *freshet_http_start(
    MHD_AccessHandlerCallback handler, MHD_NotifyConnectionCallback notify, void *context,
    unsigned int connections, unsigned int idle_seconds, size_t request_bytes)
{
    return MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL, handler,
        context,
        MHD_OPTION_NOTIFY_CONNECTION, notify, context, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, request_bytes, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}
