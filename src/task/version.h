/* The program's version, as it stands in evaluations. */
#ifndef TASK_VERSION_H
#define TASK_VERSION_H

#define HONE_VERSION "0.1.0"

#endif
