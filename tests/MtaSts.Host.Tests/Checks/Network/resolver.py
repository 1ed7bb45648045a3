"""Asks postfix-mta-sts-resolver for each of the domains given, as mta-sts-query does, a few at once. One line for each: domain, outcome, mode."""
import asyncio
import sys

from postfix_mta_sts_resolver.resolver import STSResolver

AT_ONCE = 8


async def main():
    resolver = STSResolver(loop=asyncio.get_running_loop())
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(domain):
        async with places:
            outcome, found = await resolver.resolve(domain)
            print(domain, outcome.name, found[1]["mode"] if found else "-", flush=True)

    await asyncio.gather(*(ask(domain) for domain in sys.argv[1:]))


asyncio.run(main())
