/* VEC: a growable array of any type.
 *   typedef VEC(int64_t) Ids;
 *   Ids ids = {0}; vec_push(&ids, 7); … ids.items[i], ids.count … vec_release(&ids); */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdlib.h>

#include "base/mem.h"

#define VEC(T)           \
    struct {             \
        T *items;        \
        size_t count;    \
        size_t capacity; \
    }

#define vec_reserve(v, n)                                                                \
    do {                                                                                 \
        if ((v)->capacity < (n)) {                                                       \
            size_t vec_cap_ = (v)->capacity ? (v)->capacity * 2 : 16;                    \
            if (vec_cap_ < (n)) vec_cap_ = (n);                                          \
            (v)->items = mem_grow((v)->items, vec_cap_ * sizeof *(v)->items);            \
            (v)->capacity = vec_cap_;                                                    \
        }                                                                                \
    } while (0)

#define vec_push(v, ...)                              \
    do {                                              \
        vec_reserve((v), (v)->count + 1);             \
        (v)->items[(v)->count++] = (__VA_ARGS__);     \
    } while (0)

#define vec_clear(v) ((v)->count = 0)

#define vec_release(v)                       \
    do {                                     \
        free((v)->items);                    \
        (v)->items = NULL;                   \
        (v)->count = (v)->capacity = 0;      \
    } while (0)

#endif
