/* Script: a test of the screen as a file, a command a line; '#' begins a comment. Before `start`:
 *   size 80x24              columns and rows
 *   project en|zh|…         a project of fixture.h; none: there is no file
 *   env NAME=VALUE
 *   under COMMANDS          of the shell that starts the program: ulimit -f 64
 *   start [ARGUMENTS…]      the program, on the project; $PROJECT and $HONE stand for themselves
 * Then, each followed by waiting until everything is drawn:
 *   key NAME                one key by its name
 *   keys jjjx               characters, all at once
 *   type TEXT               the same, but the rest of the line as it stands
 *   drip TEXT               byte by byte, each read before the next is sent
 *   paste TEXT              \n and \t stand for themselves
 *   click Y X, wheel up|down Y X, drag Y X Y X
 *   fast-click Y X          press and release come together
 *   click-text TEXT         where it stands
 *   resize 120x36
 *   keys-visible NAME       a key, only if it stands on the screen as one
 *   wait, wait jobs
 *   await TEXT, await-not TEXT   until it is there, or gone
 * Looking:
 *   expect TEXT, expect-not TEXT   somewhere on the screen, in one row
 *   expect-row Y TEXT
 *   screen NAME             as golden/NAME.txt has it
 *   mask REGEX              these places of all later screens are not compared
 *   picture NAME            as golden/NAME.svg shows it; $HONE_PICTURES: drawn into that folder
 *                           instead, for looking
 *   expect-plain            no cell has a colour
 *   expect-acted NAME       this command of the table was carried out since the last key
 *   expect-sent TEXT, expect-never-sent TEXT   bytes to the terminal so far; \e, \xHH
 *   expect-colours MOST     no cell has a colour with a number of MOST or above
 *   expect-mouse on|off     the terminal reports it
 *   ascii                   from here on every byte to the terminal is ASCII
 *   frame-bytes MOST        written since the last key or resize
 *   idle-bytes MS MOST      written in so many milliseconds while nothing happens
 *   keys-at-most N          counted by keys-visible
 *   shell COMMAND           by sh with $PROJECT, $HONE and $HOME, in the program's folder; must
 * succeed signal NAME             TERM, HUP, SEGV … stop, resume            Ctrl-Z, the terminal is
 * as it was before; back to the foreground end STATUS              the program has ended so: a
 * number, or a signal's name; the terminal is as it was before Whatever the script says: nothing
 * but the terminal library's own sequences may reach the terminal. */
#ifndef TESTS_TERMINAL_SCRIPT_H
#define TESTS_TERMINAL_SCRIPT_H

/* script_run: ends the process with a message when something is not as the script says.
 * hone: path of the program; golden: folder of the screens. */
void script_run(const char *path, const char *hone, const char *golden);

#endif
