#pragma once

// Handles are types of their own instead of void, and options are functions: Swift calls neither macros nor
// variadic functions.
#define CURL_STRICTER
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

typedef size_t (*freshet_curl_reader)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode freshet_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode freshet_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode freshet_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(handle, option, list);
}

// What calls back for each piece of the answer, of its header as well.
static inline CURLcode freshet_curl_set_reader(CURL *handle, freshet_curl_reader reader, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, reader);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, reader);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
    return code;
}

static inline long freshet_curl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static inline long freshet_curl_tls12(void) { return CURL_SSLVERSION_TLSv1_2; }
static inline long freshet_curl_http11(void) { return CURL_HTTP_VERSION_1_1; }

// Waits for sockets, for the descriptor to become readable, or for so long.
static inline void freshet_curl_wait(CURLM *set, int descriptor, int milliseconds) {
    struct curl_waitfd extra = {descriptor, CURL_WAIT_POLLIN, 0};
    curl_multi_poll(set, &extra, 1, milliseconds, NULL);
}

// The next request that has ended, with how; null when there is none.
static inline CURL *freshet_curl_next_done(CURLM *set, CURLcode *code) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(set, &left)))
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return message->easy_handle;
        }
    return NULL;
}
