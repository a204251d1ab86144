// libcurl as Debian ships it, with typed functions where its own are variadic.
#pragma once
#include <curl/curl.h>
