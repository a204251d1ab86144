// Declarations that Swift's Glibc module lacks: epoll, eventfd, accept4.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>

// Declared here: under _GNU_SOURCE, which declares accept4, this module's fd_set would differ from Glibc's.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
