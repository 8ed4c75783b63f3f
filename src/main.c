/* hone: arguments, start and stop. */
int main(void)
{
    return 0;
}
